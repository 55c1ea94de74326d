"""The page of open data (数据开放): every collection and year in every format, with sizes, hashes and terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.schema import ForeignKey
from disclosure.site import datapackages, downloads
from disclosure.site.datapackages import File, Publisher
from disclosure.site.shell import Shell
from disclosure.site.writer import Job

TITLE, PATH = "数据开放", "opendata/index.html"
TERMS = (
    "这里的数据由本局依法公开，任何人都可以免费查阅、下载、复制、整理和再利用，包括用于商业用途，不需要申请。",
    "使用时请注明来源（本局名称和本站网址）和下载日期，不得篡改原意，不得让人误以为是本局作出的结论。",
    "数据中的自然人信息已经作了隐名处理。请不要用其他资料去识别其中的个人。",
    "记录会依法变更、撤回和到期下架。再次使用以前请重新下载；已经撤回或者下架的记录，请不要继续传播。",
    "具有法律效力的是原决定文书和正式文件。本站数据如与原件不一致，以原件为准，并请告诉我们。",
)
"""The terms of use where `agency.yml` states none."""

Offered = Mapping[str, tuple[frozenset[str], Sequence[File]]]
"""By collection, its loose fields and its files (see `datapackages.loose`, `downloads.prepare`)."""


def lead(catalog: Catalog) -> str:
    """What stands on the page before the files, which are known last."""
    terms = catalog.agency.get("terms") or TERMS
    items = "".join(f"<li>{escape(str(term))}</li>" for term in terms)
    name = escape(str(catalog.agency.get("name", "")))
    site = escape(str(catalog.agency.get("url", "")))
    example = next(iter(catalog.collections.values()), None)
    title, address = escape(example.schema.title if example else ""), site
    address += f"{example.name}/" if example else ""
    return (
        '<p class="lead">各栏目现公开的全部记录，可以按年度或者一次下载。网址固定不变，内容随网站更新；'
        '想在更新时得到通知，请看<a href="../feeds/">订阅</a>。</p>'
        f'<section class="group" id="terms"><h2>使用条款</h2><ol>{items}</ol></section>'
        '<section class="group"><h2>怎样引用</h2><p>写明发布者、数据名称、网址和下载日期，例如：</p>'
        f"<blockquote><p>{name}：《{title}》（数据），{address}，某年某月某日下载。</p></blockquote>"
        "<p>引用单条记录的，写明文号和记录页上的固定网址。</p></section>"
        '<section class="group"><h2>文件格式</h2><dl class="formats">'
        "<div><dt>CSV</dt><dd>带 BOM 的 UTF-8 文本，用 Excel 和 WPS 可以直接打开。"
        f"{downloads.CSV_NOTE}</dd></div>"
        "<div><dt>XLSX</dt><dd>表头固定，可以筛选；文号、代码等是文字，不会变成数字或者公式。</dd></div>"
        "<div><dt>JSON</dt><dd>供程序使用：一行一条记录，字段用英文名称；空白为 null，“不适用”是文字，"
        "金额按填报的小数位原样写出。</dd></div>"
        "<div><dt>说明文件</dt><dd>每个栏目有一份 datapackage.json，按 Data Package v2 写明每个文件的大小、校验值，"
        "每个字段的名称、类型和约束；全站的一份是 "
        f'<a href="../{datapackages.FILE}">{datapackages.FILE}</a>。字段的英文名称和说明见'
        '<a href="../en/" hreflang="en">English</a> 页。</dd></div>'
        "<div><dt>校验值</dt><dd>下载以后算出的 SHA-256 与表中一致的，文件就是完整的。把 "
        f"{downloads.SUMS} 放在同一个文件夹，运行 sha256sum --check --ignore-missing {downloads.SUMS} 可以一次核对。</dd></div>"
        "</dl></section>"
    )


def job(catalog: Catalog, offered: Offered, dressed: Shell) -> Job:
    """The page, and the description of all files for programs."""
    publisher = Publisher.of(catalog.agency)
    newest = {column.address: column.newest for column in catalog.standing.columns}
    collections = [c for c in catalog.collections.values() if downloads.periods(offered[c.name][1])]
    sections = [_section(c, newest.get(f"{c.name}/", ""), offered[c.name][1]) for c in collections]
    content = lead(catalog) + _overview(collections, newest, offered) + "".join(sections)
    described = datapackages.whole(
        [(c.schema, *offered[c.name]) for c in collections],
        {c.name: list(_keys(catalog, c, offered)) for c in collections},
        f"{publisher.name}政府信息公开数据",
        publisher,
    )
    made = [(PATH, dressed.stamp("", content)), (datapackages.FILE, described)]
    return Job(cache.digest(*(piece for file in made for piece in file)), _given, (made,))


def _given(made: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return made


def _keys(catalog: Catalog, collection: Collection, offered: Offered) -> Iterator[ForeignKey]:
    """The references that hold among the rows on show and that a program can follow: to one file."""
    schema = collection.schema
    for key in schema.foreign_keys:
        target, field = catalog.collections.get(key.resource), schema.by_name[key.field]
        if (
            target
            and field.public
            and field.type != "list"
            and target.schema.by_name[key.target].public
            and any(file.name == f"{downloads.ALL}.csv" for file in offered[key.resource][1])
            and datapackages.held(key, collection, target)
        ):
            yield key


def _anchor(collection: Collection) -> str:
    return collection.name.replace("/", "-")


def _overview(
    collections: Sequence[Collection], newest: Mapping[str, str], offered: Offered
) -> str:
    rows = ""
    for c in collections:
        periods = downloads.periods(offered[c.name][1])
        first, *_ = periods.values()
        day = newest.get(f"{c.name}/", "")
        years = [period for period in periods if period != downloads.ALL]
        span = f"{min(years)}—{max(years)}年" if years else "不分年度"
        rows += (
            f'<tr><th scope="row"><a href="#{_anchor(c)}">{escape(c.schema.title)}</a></th>'
            f'<td class="num" data-label="现公开">{len(c.rows):,} {escape(c.schema.unit)}</td>'
            f'<td data-label="年度">{span}</td>'
            f'<td class="code" data-label="最近更新">{f"<time>{day}</time>" if day else "—"}</td>'
            f'<td data-label="{downloads.label(first[0].period)}">{_links(c, first)}</td></tr>\n'
        )
    heads = "".join(
        f'<th scope="col"{kind}>{head}</th>'
        for head, kind in (
            ("栏目", ""), ("现公开", " class=num"), ("年度", ""), ("最近更新", ""), ("下载", ""),
        )
    )  # fmt: skip
    return (
        '<section class="group"><h2>全部栏目</h2><div class="table-wrap"><table class="rows">'
        f"<caption>各栏目的数据</caption><thead><tr>{heads}</tr></thead>\n"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _links(collection: Collection, some: Sequence[File]) -> str:
    root = f"../{collection.name}/{downloads.FOLDER}/"
    links = " ".join(downloads.link(collection.schema, file, root) for file in some)
    return f"<span class=files>{links}</span>"


def _section(collection: Collection, day: str, told: Sequence[File]) -> str:
    schema, root = collection.schema, f"../{collection.name}/{downloads.FOLDER}/"
    rows = "".join(
        f'<tr><th scope="row">{downloads.label(period)}</th>'
        f'<td class="num" data-label="记录">{some[0].rows:,} {escape(schema.unit)}</td>'
        f'<td data-label="文件">{_links(collection, some)}</td></tr>\n'
        for period, some in downloads.periods(told).items()
    )
    sums = "".join(
        f"<li><span>{file.name}</span> <code>{file.sha256}</code></li>"
        for file in told
        if file.period
    )
    title = escape(schema.title)
    updated = f"最近更新：<time>{day}</time>。" if day else ""
    return (
        f'<section class="group" id="{_anchor(collection)}"><h2><a href="../{collection.name}/">{title}</a></h2>'
        f"<p>{escape(schema.description)}{updated}说明文件："
        f'<a href="{root}{datapackages.FILE}">{datapackages.FILE}</a>、<a href="{root}{downloads.SUMS}">{downloads.SUMS}</a>。</p>'
        f'<div class="table-wrap"><table class="rows"><caption>{title}的文件</caption><thead><tr>'
        '<th scope="col">范围</th><th scope="col" class=num>记录</th><th scope="col">文件</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>"
        f"<details><summary>{title}各文件的 SHA-256 校验值</summary><ul class=sums>{sums}</ul></details></section>"
    )
