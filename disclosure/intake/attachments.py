"""Attachments: the files of docs/ beside its pages: such as a browser shows or saves, never what it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from disclosure.diagnostics import Finding, Place

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEGINNINGS: Mapping[str, bytes] = {
    ".png": b"\x89PNG\r\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".gif": b"GIF8",
    ".webp": b"RIFF",
    ".ico": b"\0\0\1\0",
    ".pdf": b"%PDF-",
    ".ofd": _ZIP,
    ".docx": _ZIP,
    ".xlsx": _ZIP,
    ".pptx": _ZIP,
    ".doc": _OLE,
    ".xls": _OLE,
    ".ppt": _OLE,
    ".wps": _OLE,
    ".et": _OLE,
    ".csv": b"",
    ".txt": b"",
    ".mp3": b"",
    ".mp4": b"",
}
"""What may be published for reading or download, and how such a file begins."""
_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))
_LARGEST = 200_000_000


def check(docs: Path) -> list[Finding]:
    """Everything in docs/ that is neither a page nor a file to be shown or saved."""
    return [finding for path in sorted(docs.rglob("*")) for finding in _check(path, docs)]


def _check(path: Path, docs: Path) -> Iterator[Finding]:
    way = path.relative_to(docs).parts
    if any(part.startswith(".") for part in way) or not path.is_file():
        return
    place, name = Place(path.relative_to(docs.parent).as_posix()), path.name
    suffix = path.suffix.lower()
    if suffix == ".md":
        return
    if suffix == ".svg":
        yield from picture(path.read_bytes(), place.file)
        return
    if suffix not in _BEGINNINGS:
        yield Finding("M207", place, {"name": name, "why": "不是可以公开的文件种类"})
    elif path.stat().st_size > _LARGEST:
        why = f"超过 {_LARGEST // 1_000_000} MB"
        yield Finding("F141", place, {"name": name, "what": why})
    else:
        content = path.read_bytes()
        if content and not content.startswith(_BEGINNINGS[suffix]):
            yield Finding("M207", place, {"name": name, "why": "的内容与扩展名不符"})
        elif any(mark in content for mark in _MACROS):
            yield Finding("M207", place, {"name": name, "why": "带有宏"})


# ── Pictures that are documents ──────────────────────────────────────────────────────────────────

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = (
    "svg g defs symbol use switch title desc metadata path rect circle ellipse line polyline polygon text tspan"
    " textPath linearGradient radialGradient stop clipPath mask pattern marker image style filter view feBlend"
    " feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR"
    " feGaussianBlur feMerge feMergeNode feMorphology feOffset feTile feTurbulence"
)
_ELEMENTS = frozenset(_SHAPES.split())
_FOREIGN = re.compile(
    r"""@import|(?:expression|image|image-set|src|cross-fade)\s*\(|\\|url\s*\(\s*['"]?(?!#)""",
    re.IGNORECASE,
)
MAX_COPIES = 10_000
"""Elements that a picture may come to, when everything that it uses several times is drawn."""
_INWARD = re.compile(r"#|data:image/(?:png|jpeg|gif|webp);base64,")


def picture(content: bytes, file: str) -> list[Finding]:
    """What an SVG picture may not hold: scripts, handlers, animations, other documents, references
    to anything outside itself."""
    return list(_Picture(file).read(content))


class _Picture:
    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[Finding] = []
        self._style: list[str] | None = None
        self._open: list[str] = []  # the ids of the elements around, "" for those without
        self._used: dict[str, list[str]] = {"": []}  # by id, what is used within
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = lambda *_: self._note("文档类型声明（DTD）")
        self._parser.EntityDeclHandler = self._stop
        self._parser.ProcessingInstructionHandler = lambda *_: self._note("处理指令（<?…?>）")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, content: bytes) -> list[Finding]:
        try:
            self._parser.Parse(content, True)
        except (expat.ExpatError, ValueError):  # ValueError: an encoding that it does not know
            self._note("不成对的标签或其他写法错误，不是完整的图片")
        if self._copies() > MAX_COPIES:
            self._note(f"反复引用的图形（use），画出来超过 {MAX_COPIES} 个")
        return self._found

    def _copies(self) -> int:
        """How many times something is drawn because of what refers to it; endless rings count as many."""
        known: dict[str, int] = {}
        drawing: list[str] = [""]
        while drawing:
            name = drawing[-1]
            waiting = [used for used in self._used.get(name, ()) if used not in known]
            if any(used in drawing for used in waiting):
                return MAX_COPIES + 1
            if waiting:
                drawing.append(waiting[0])
            else:
                known[drawing.pop()] = 1 + sum(known[used] for used in self._used.get(name, ()))
        return known[""]

    def _note(self, what: str) -> None:
        row = self._parser.CurrentLineNumber
        self._found.append(Finding("M208", Place(self._file, row=row), {"what": what}))

    def _stop(self, *_: object) -> None:
        raise expat.ExpatError

    def _start(self, full: str, attributes: Mapping[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        if space == _SVG and name == "style":
            self._style = []
        if (space == _SVG and name not in _ELEMENTS) or space.endswith("xhtml") or not space:
            self._note(f"元素 <{name}>")
        self._open.append(attributes.get("id", ""))
        if name == "use":
            target = next((v for k, v in attributes.items() if k.rpartition(" ")[2] == "href"), "")
            for around in {"", *self._open}:
                self._used.setdefault(around, []).append(target.strip().removeprefix("#"))
        for key, value in attributes.items():
            attribute = key.rpartition(" ")[2]
            if attribute.lower().startswith("on"):
                self._note(f"属性 {attribute}")
            elif attribute == "base" or (attribute == "href" and not _INWARD.match(value.strip())):
                self._note("指向外面的链接")
            elif attribute != "href" and _FOREIGN.search(value):
                self._note(f"属性 {attribute} 里的外部引用")

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _end(self, _: str) -> None:
        self._open.pop()
        if self._style is not None and _FOREIGN.search("".join(self._style)):
            self._note("样式里的外部引用")
        self._style = None
