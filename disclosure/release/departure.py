"""Departure: everything that a site must pass before it may leave, and what is to be told with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from disclosure import commits, freshness, pool
from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding, Place, Report
from disclosure.intake import settings
from disclosure.pool import Pool
from disclosure.privacy import allowlist, gate
from disclosure.progress import Tell, Teller, nobody, silent
from disclosure.release import inspection, provenance, scanning, sites
from disclosure.release.configuration import Configuration
from disclosure.release.manifest import Hashes, Manifest
from disclosure.release.provenance import Origin
from disclosure.release.publishing import Draft, is_banned
from disclosure.site import build, links

LOCK = "requirements.lock"


@dataclass(frozen=True)
class Departure:
    """A site and what was found in it; it may leave when there is no error."""

    draft: Draft
    report: Report
    catalog: Catalog
    origin: Origin


def verify(
    root: Path, site: Path, configuration: Configuration, *, teller: Teller = nobody
) -> Departure:
    """Look at every byte of a finished site: that nothing is missing, personal, dead, foreign or down,
    and that no article claims to have been public before anybody had written it.

    What only depends on the target, such as whether this is newer than what is live, is for `last`.
    """
    as_of = freshness.today()
    contents = build.read(root, as_of=as_of)
    work = freshness.work_folder(root)
    hashes = sites.hashes(site, memory=work / "release", pool=pool.here, tell=teller("计算摘要"))
    catalog = contents.catalog
    found: list[Finding] = list(contents.catalog.report.errors)
    found += inspect(
        site,
        catalog,
        hashes,
        configuration,
        memory=work / "scanned",
        pool=pool.here,
        tell=teller("检查网页和文件"),
    )
    found += personal(root, site)
    found += commits.check(root, catalog.articles, catalog.agency)
    origin = provenance.of(root)
    return Departure(
        _draft(root, site, catalog, hashes, origin, configuration),
        Report.of(found),
        catalog,
        origin,
    )


def inspect(
    site: Path,
    catalog: Catalog,
    hashes: Mapping[str, Hashes],
    configuration: Configuration,
    *,
    memory: Path | None = None,
    pool: Pool = pool.nowhere,
    tell: Tell = silent,
) -> Iterator[Finding]:
    """What is missing from a site or may not be in it; files that stayed as they were when the folder
    `memory` was written are not read again."""
    yield from inspection.names(hashes, freshness.survey(site))
    yield from inspection.records(catalog, hashes)
    base = str(catalog.agency.get("url", ""))
    scanned = scanning.of_site(site, hashes, base=base, memory=memory, pool=pool, tell=tell)
    yield from inspection.contents(scanned, inspection.gone(catalog))
    if inspection.has_dead_links(scanned, site):
        yield from links.of_site(site, base)[1].errors
    for path in sorted(hashes):
        if is_banned(path, configuration.takedown):
            yield Finding("D113", Place(path), {})


def personal(root: Path, site: Path) -> list[Finding]:
    """What is personal in a finished site; it is not looked for again in files that stayed as they were."""
    return gate.outputs(
        site,
        rules=root / allowlist.FILE,
        as_of=freshness.today(),
        memory=freshness.work_folder(root) / "privacy-site",
        pool=pool.here,
    )


def _draft(
    root: Path,
    site: Path,
    catalog: Catalog,
    hashes: Mapping[str, Hashes],
    origin: Origin,
    configuration: Configuration,
) -> Draft:
    collections = catalog.collections.values()
    return Draft(
        site=site,
        hashes=hashes,
        as_of=catalog.as_of.isoformat(),
        commit=origin.commit,
        lock=inspection.fingerprint(root / LOCK),
        sample=is_sample(catalog),
        records={path: c.name for c in collections for path in c.rows["path"]},
        notices=frozenset(p for c in collections if len(c.withdrawn) for p in c.withdrawn["path"]),
        down=frozenset(path for c in collections for path in c.down),
        banned=configuration.takedown,
        titles={c.name: c.schema.title for c in collections},
    )


def is_sample(catalog: Catalog) -> bool:
    """Whether the site is one of invented data."""
    return catalog.agency.get("sample") is True


def last(
    root: Path, catalog: Catalog, origin: Origin, live: Manifest | None, *, now: float, trial: bool
) -> Iterator[Finding]:
    """What speaks against publishing a site over the live one at a moment (seconds since 1970). A
    `trial` of a sample site asks for no history."""
    if not is_sample(catalog):
        yield from provenance.check(root, origin, catalog.as_of.isoformat(), live, now)
    elif not trial:
        row = settings.lines(root / "data/agency.yml").get(("sample",), 0)
        yield Finding("D112", Place("data/agency.yml", row=row))


def is_asked(name: str) -> bool:
    """Whether somebody said yes to something through the environment, as in `make publish YES=1`."""
    return os.environ.get(name, "").strip().lower() not in ("", "0", "no", "n", "false")
