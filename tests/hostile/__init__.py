"""What people with bad intentions, or careless ones, put where a text is expected."""
