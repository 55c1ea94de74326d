"""Objects: those of one bucket in a store of any provider, read, written, listed; failures in words."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from disclosure.progress import Tell, silent
from disclosure.release import headers
from disclosure.release.headers import Headers
from disclosure.release.providers import ANSWERS, EXISTS, FAILURES, FULL, Address
from disclosure.release.target import Full, Refused

THREADS = 8
PAGE = 1_000
"""How many objects a listing tells at a time; no store tells more."""
CONNECT, READ = 10, 30
"""Seconds that a request may take to be connected, and between two parts of its answer."""
Item = TypeVar("Item")
Value = TypeVar("Value")


class Unreachable(Refused):
    """The store did not do what it was asked for; the message says what it answered."""


class Listed(NamedTuple):
    """What a listing says of an object."""

    size: int
    tag: str
    """Another one when the bytes are others; the MD5 of the bytes in all stores of the table, as long
    as an object is sent at once and not encrypted with a key of its own (KMS)."""
    age: float
    """As of what was read."""

    @property
    def bytes(self) -> tuple[int, str]:
        """The same for the same bytes."""
        return self.size, self.tag


class Found(NamedTuple):
    """An object that was read."""

    content: bytes
    headers: Headers
    age: float
    """Seconds since it was written, by the clock of the store alone."""


Guard = Callable[[], None]
"""Is called before every request that changes something; raises Refused to prevent it."""


class Objects:
    """The objects of one bucket. Every method raises Unreachable."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self.bucket = bucket
        self._clients = clients

    @property
    def _client(self) -> Any:
        return self._clients.plain

    def get(self, key: str) -> Found | None:
        """An object, None when there is none."""
        with self._clients.speaking(self.bucket):
            try:
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
                content = answer["Body"].read()
            except self._client.exceptions.NoSuchKey:
                return None
        said = Headers(
            answer.get("ContentType", ""),
            answer.get("CacheControl", ""),
            answer.get("ContentEncoding", ""),
        )
        return Found(content, said, _now(answer) - answer["LastModified"].timestamp())

    def put(self, key: str, content: bytes, said: Headers | None = None) -> None:
        """Write an object, which the store compares with its MD5 before it is there."""
        with self._clients.speaking(self.bucket):
            self._client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentMD5=base64.b64encode(hashlib.md5(content).digest()).decode(),
                **_fields(said or headers.of(key)),
            )

    def create(self, key: str, content: bytes) -> bool:
        """Write an object if there is none; whether this did. Of several at once one does at most,
        and no content may be given twice: by it an object is known again whose answer was lost."""
        if self._clients.provider.exclusive is None:
            return self._claim(key, content)
        with self._clients.speaking(self.bucket):
            client = self._clients.exclusive
            try:
                client.put_object(Bucket=self.bucket, Key=key, Body=content)
                return True
            except client.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") not in EXISTS:
                    raise
        found = self.get(key)
        return found is not None and found.content == content

    def _claim(self, key: str, content: bytes) -> bool:
        """The same without a condition: put up a claim, then look whether there are others. Who sees
        another one steps back, so that never two go on; perhaps none does, which is tried again by
        chance. It needs a store that lists at once what was written, as all of them do. A claim is
        left behind: it keeps others away, until somebody else has the next number."""
        folder = f"{key}.claims/"
        for _ in range(8):
            own = folder + secrets.token_hex(8)
            if self.get(key) is not None or self.listing(folder):
                return False
            self.put(own, b"")
            if list(self.listing(folder)) == [own]:
                self.put(key, content)
                return True
            self.delete(own)
            time.sleep(secrets.randbelow(1000) / 1000)
        return False

    def copy(self, source: Objects, key: str, to: str, said: Headers) -> None:
        """Take over an object of another bucket, without sending it."""
        with self._clients.speaking(self.bucket):
            self._client.copy_object(
                Bucket=self.bucket,
                Key=to,
                CopySource={"Bucket": source.bucket, "Key": key},
                MetadataDirective="REPLACE",
                **_fields(said),
            )

    def delete(self, key: str) -> None:
        """Remove an object, one by one: for many at once the stores want different check sums."""
        with self._clients.speaking(self.bucket):
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def listing(self, prefix: str, cuts: Sequence[str] = ()) -> dict[str, Listed]:
        """All objects whose key begins so, in order. A listing goes by thousands, one after the other;
        when there are more, `cuts`, keys in order, divide the rest into parts that go side by side."""
        found, after = self._page(prefix, "")
        if after:
            edges = [after, *(cut for cut in cuts if cut > after), ""]
            for part in each(partial(self._part, prefix), list(pairwise(edges))):
                found.update(part)
        return found

    def _part(self, prefix: str, edges: tuple[str, str]) -> dict[str, Listed]:
        """The objects after a key, up to another one."""
        after, last = edges
        found: dict[str, Listed] = {}
        while after:
            page, after = self._page(prefix, after)
            found.update(page if not last else {k: v for k, v in page.items() if k <= last})
            after = "" if last and after >= last else after
        return found

    def _page(self, prefix: str, after: str) -> tuple[dict[str, Listed], str]:
        """A thousand objects, and after which one to go on; "" when these were all."""
        with self._clients.speaking(self.bucket):
            # The first version of listing: not every store has the second one.
            answer = self._client.list_objects(
                Bucket=self.bucket, Prefix=prefix, Marker=after, MaxKeys=PAGE
            )
        now, found = _now(answer), {}
        for about in answer.get("Contents", ()):
            age = now - about["LastModified"].timestamp()
            found[about["Key"]] = Listed(about["Size"], about["ETag"].strip('"').lower(), age)
        return found, max(found, default="") if answer.get("IsTruncated") else ""

    def is_open(self, key: str) -> bool:
        """Whether somebody who says nothing about himself is given an object."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._clients.anonymous.head_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError):
            return False
        return True


class Clients:
    """The ways to speak to one store, made when they are needed."""

    def __init__(self, address: Address) -> None:
        self.address, self.provider = address, address.provider
        self.guard: Guard = lambda: None
        self._made: dict[str, Any] = {}
        self._session: Any = None

    @property
    def plain(self) -> Any:
        return self._made.get("plain") or self._make("plain", {})

    @property
    def exclusive(self) -> Any:
        """A client whose every PUT is on condition that there is nothing yet."""
        return self._made.get("exclusive") or self._make("exclusive", self.provider.exclusive or {})

    @property
    def anonymous(self) -> Any:
        return self._made.get("anonymous") or self._make("anonymous", {})

    def _make(self, name: str, more: Mapping[str, str]) -> Any:
        try:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config
        except ImportError:
            raise Refused(
                "发布到存储桶需要先安装 boto3：.venv/bin/pip install boto3。线上没有变化。"
            ) from None
        signature = UNSIGNED if name == "anonymous" else self.provider.signature
        config = Config(
            signature_version=signature,
            # Newer check sums are unknown to most stores; Content-MD5 and the hash within the
            # signature say the same.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": self.provider.addressing, "payload_signing_enabled": True},
            connect_timeout=CONNECT,
            read_timeout=READ,
            max_pool_connections=2 * THREADS,
            retries={"mode": "standard"},
        )
        with self.speaking(""):
            self._session = self._session or boto3.session.Session()
            client = self._session.client(
                "s3",
                endpoint_url=self.address.endpoint,
                region_name=self.address.region or "us-east-1",
                config=config,
            )

        def add(params: Any, **_: Any) -> None:
            params["headers"].update(more)

        def ask(request: Any, **_: Any) -> None:
            if request.method not in ("GET", "HEAD"):
                self.guard()

        client.meta.events.register("before-call.s3.PutObject", add)
        client.meta.events.register("before-send.s3", ask)
        return self._made.setdefault(name, client)

    @contextmanager
    def speaking(self, bucket: str) -> Iterator[None]:
        """Whatever goes wrong is said in words, with nothing in them that opens a door."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise self._refused(code, error.response, bucket) from None
        except BotoCoreError as error:
            kind = type(error).__name__
            said = FAILURES.get(kind, f"访问出错（{kind}）。")
            raise Unreachable(said.format(endpoint=self.address.endpoint, bucket=bucket)) from None

    def _refused(self, code: str, answer: Mapping[str, Any], bucket: str) -> Refused:
        about = answer.get("ResponseMetadata", {})
        kind = Full if code in FULL else Unreachable
        said = ANSWERS.get(code, f"存储服务没有照办（{code or about.get('HTTPStatusCode')}）。")
        there = about.get("HTTPHeaders", {}).get("date", "")
        with_clock = said.format(
            bucket=bucket,
            endpoint=self.address.endpoint,
            region=self.address.region,
            here=time.strftime("%Y-%m-%d %H:%M:%S"),
            there=_local(there),
        )
        number = about.get("RequestId")
        return kind(with_clock + (f"请求编号 {number}。" if number else ""))


def each(
    work: Callable[[Item], Value], items: Sequence[Item], tell: Tell = silent
) -> Sequence[Value]:
    """Some work on all items, side by side; the first failure ends it."""
    done: list[Value] = []
    tell(0, len(items))
    crew = ThreadPoolExecutor(min(THREADS, max(len(items), 1)))
    try:
        for value in crew.map(work, items):
            done.append(value)
            tell(len(done), len(items))
    finally:
        crew.shutdown(wait=True, cancel_futures=True)
    return done


def _fields(said: Headers) -> dict[str, str]:
    fields = {"ContentType": said.type, "CacheControl": said.cache}
    return {**fields, "ContentEncoding": said.encoding} if said.encoding else fields


def _now(answer: Mapping[str, Any]) -> float:
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(said).timestamp()
    except ValueError:
        return 0.0  # then nothing is ever too old


def _local(said: str) -> str:
    try:
        moment: datetime = parsedate_to_datetime(said)
    except ValueError:
        return "未知"
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
