"""Providers: how the object stores of each are spoken to, and what their answers mean, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """What is particular about the object store of a provider; all speak the protocol of Amazon S3."""

    title: str
    endpoint: str
    """With {region}; "" where each installation has its own."""
    addressing: str
    """Where the bucket's name stands: "virtual", in the host's name, or "path"."""
    signature: str
    """"s3v4", or "s3" for the second version."""
    exclusive: Mapping[str, str] | None
    """The headers with which a PUT fails when there is such an object already; None where a PUT
    knows no condition."""


PROVIDERS: Mapping[str, Provider] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    "s3": Provider(
        "Amazon S3",
        "https://s3.{region}.amazonaws.com",
        "virtual",
        "s3v4",
        {"If-None-Match": "*"},
    ),
    # MinIO, and every other store that does as Amazon does (KS3: docs.ksyun.com/documents/45098).
    "minio": Provider("对象存储", "", "path", "s3v4", {"If-None-Match": "*"}),
    # help.aliyun.com/zh/oss/developer-reference/use-aws-sdks-to-access-oss: virtual hosts only, with
    # boto3 the second version of signatures, because OSS takes no aws-chunked. The answer to
    # If-None-Match is 501 NotImplemented; x-oss-forbid-overwrite is the way (…/prevent-objects-from-
    # being-overwritten-by-objects-that-have-the-same-names-2).
    "oss": Provider(
        "阿里云 OSS",
        "https://s3.oss-{region}.aliyuncs.com",
        "virtual",
        "s3",
        {"x-oss-forbid-overwrite": "true"},
    ),
    # cloud.tencent.com/document/product/436/7749 (PUT Object: x-cos-forbid-overwrite, only without
    # versions); 436/102489: buckets made since 2024 know virtual hosts only.
    "cos": Provider(
        "腾讯云 COS",
        "https://cos.{region}.myqcloud.com",
        "virtual",
        "s3v4",
        {"x-cos-forbid-overwrite": "true"},
    ),
    # support.huaweicloud.com/api-obs/obs_04_0080.html (PUT): a new object replaces the old one, and
    # no header of the list prevents that.
    "obs": Provider(
        "华为云 OBS", "https://obs.{region}.myhuaweicloud.com", "virtual", "s3v4", None
    ),
    # docs.byteplus.com/en/docs/tos/docs-compatibility-with-amazon-s3: endpoints of their own for S3,
    # virtual hosts and the fourth version of signatures only; the SDKs name the header.
    "tos": Provider(
        "火山引擎 TOS",
        "https://tos-s3-{region}.volces.com",
        "virtual",
        "s3v4",
        {"x-tos-forbid-overwrite": "true"},
    ),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the buckets are; how to be let in is only in the environment."""

    provider: Provider
    endpoint: str
    region: str
    public: str
    """The name of the bucket that everybody may read."""
    private: str
    """The name of the bucket that nobody else may read."""
    prefix: str = ""
    """What the keys of the portal begin with, "" or with a final /."""


# ── What they answer ─────────────────────────────────────────────────────────────────────────────

EXISTS = frozenset(
    (
        "PreconditionFailed",
        "412",
        "FileAlreadyExists",
        "ObjectAlreadyExists",
        "FileExists",
        "ConditionalRequestConflict",
        "409",
    )
)
"""What the stores say when a condition is not met."""
FULL = frozenset(("QuotaExceeded", "InsufficientStorage", "507", "XMinioStorageFull"))
_KEY = "请检查环境变量 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY"
_RIGHTS = "没有权限访问存储桶 {bucket}。请给发布用的密钥读取、列出、写入和删除这个存储桶的权限。"
_SLOW = "存储服务忙，请稍后再试。"
ANSWERS: Mapping[str, str] = {
    "InvalidAccessKeyId": f"存储服务不认识这个密钥。{_KEY}。",
    "SignatureDoesNotMatch": f"密钥不对，签名没有通过。{_KEY}，以及 publish.yml 的 region。",
    "InvalidToken": f"临时密钥不对。{_KEY}、AWS_SESSION_TOKEN。",
    "ExpiredToken": "临时密钥已经过期，请换新的（AWS_SESSION_TOKEN）。",
    "AccessDenied": _RIGHTS,
    "403": _RIGHTS,
    "NoSuchBucket": "没有存储桶 {bucket}。请先建立它，或者改正 publish.yml 中的名称和地域。",
    "NoSuchKey": "存储桶 {bucket} 里缺少应有的内容。请运行 make verify REPAIR=1。",
    "404": "没有存储桶 {bucket}。请先建立它，或者改正 publish.yml 中的名称和地域。",
    "RequestTimeTooSkewed": "这台电脑的时钟不对（电脑 {here}，存储服务 {there}），请求被拒绝。请校准时间后再试。",
    "AuthorizationHeaderMalformed": "publish.yml 的 region（{region}）与存储桶 {bucket} 的地域不符。",
    "PermanentRedirect": "存储桶 {bucket} 不在 {endpoint}。请改正 publish.yml 的 endpoint 和 region。",
    "301": "存储桶 {bucket} 不在 {endpoint}。请改正 publish.yml 的 endpoint 和 region。",
    "PathStyleDomainForbidden": "存储桶 {bucket} 不能这样访问。请检查 publish.yml 的 provider。",
    "QuotaExceeded": "存储桶 {bucket} 的空间已经用完。请扩大容量，或者减少保留的版本数（keep）。",
    "InsufficientStorage": "存储服务的空间已经用完。请扩大容量，或者减少保留的版本数（keep）。",
    "507": "存储服务的空间已经用完。请扩大容量，或者减少保留的版本数（keep）。",
    "XMinioStorageFull": "存储服务的磁盘已满。请扩大容量，或者减少保留的版本数（keep）。",
    "SlowDown": _SLOW,
    "ServiceUnavailable": _SLOW,
    "503": _SLOW,
    "InternalError": "存储服务内部出错，请稍后再试。",
    "500": "存储服务内部出错，请稍后再试。",
    "BadDigest": "传送途中内容有损坏，存储服务没有接受。请再试一次。",
}
_NETWORK = "连不上存储服务 {endpoint}。请检查网络、代理和 publish.yml 的 endpoint。"
_NO_KEY = "没有找到存储服务的密钥。请设置环境变量 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY。"
FAILURES: Mapping[str, str] = {
    "NoCredentialsError": _NO_KEY,
    "PartialCredentialsError": _NO_KEY,
    "CredentialRetrievalError": _NO_KEY,
    "EndpointConnectionError": _NETWORK,
    "ConnectTimeoutError": _NETWORK,
    "ConnectionError": _NETWORK,
    "ProxyConnectionError": _NETWORK,
    "ReadTimeoutError": "存储服务 {endpoint} 很久没有回答，网络可能断了。请再试一次。",
    "ConnectionClosedError": "与存储服务 {endpoint} 的连接中断。请再试一次。",
    "ResponseStreamingError": "与存储服务 {endpoint} 的连接中断。请再试一次。",
    "IncompleteReadError": "与存储服务 {endpoint} 的连接中断。请再试一次。",
    "SSLError": "{endpoint} 的证书不能通过核对，没有继续。请检查网络和电脑的日期。",
    "ParamValidationError": "存储桶名称 {bucket} 不合规范，请改正 publish.yml。",
    "InvalidEndpointConfigurationError": "endpoint（{endpoint}）写得不对，请改正 publish.yml。",
}
