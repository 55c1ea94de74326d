#!/bin/sh
# 在网站服务器上以 root 运行：安装接收程序、发布用的用户和 nginx 设置。可以重复运行。
# 设了 DESTDIR 的，只把文件放到那个文件夹下面，不建用户，不动正在运行的服务。
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=${DESTDIR:-}

stop() {
    echo "没有安装：$1" >&2
    exit 1
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 7))' 2>/dev/null || stop '需要 Python 3.7 或更新的版本（python3）。'
command -v rsync >/dev/null || stop '需要 rsync。'
[ -s "$here/authorized_keys" ] || stop '没有公钥：请在发布用的机器上用 make portal-setup KEY=公钥文件 重新生成。'
if [ -z "$to" ]; then
    [ "$(id -u)" = 0 ] || stop '请以 root 运行。'
    command -v nginx >/dev/null || stop '需要 nginx。'
    if ! id '@USER@' >/dev/null 2>&1; then
        useradd --system --home-dir '@HOME@' --no-create-home --shell /bin/sh '@USER@'
        usermod --password '*' '@USER@'
    fi
fi

install -d -m 755 "$to@HOME@" "$to@HOME@/.ssh" "$to@PLACE@" "$to@LIB@" "$to@CONF@" "$to/etc/nginx/conf.d"
# 这些文件属于 root：发布的人不能改动让自己做什么。
install -m 644 "$here/receiver.pyz" "$to@LIB@/receiver.pyz.new"
mv "$to@LIB@/receiver.pyz.new" "$to@LIB@/receiver.pyz"
install -m 644 "$here/authorized_keys" "$to@HOME@/.ssh/authorized_keys"
install -m 644 "$here/headers.conf" "$to@CONF@/headers.conf"
[ -e "$to/etc/nginx/conf.d/portal.conf" ] || install -m 644 "$here/portal.conf" "$to/etc/nginx/conf.d/portal.conf"
cmp -s "$here/portal.conf" "$to/etc/nginx/conf.d/portal.conf" || {
    install -m 644 "$here/portal.conf" "$to/etc/nginx/conf.d/portal.conf.new"
    echo '原有的 /etc/nginx/conf.d/portal.conf 没有改动；新的是 portal.conf.new，请比较后合并。'
}
[ -z "$to" ] || exit 0

chown '@USER@' '@PLACE@'
if [ '@NAME@' = _ ] && [ -e /etc/nginx/sites-enabled/default ]; then
    echo '注意：系统自带的 /etc/nginx/sites-enabled/default 会抢先回答读者。请删去它，或者在 publish.yml 的 probe 写明网站的地址，再重新安装。'
fi
nginx -t
nginx -s reload || echo 'nginx 没有运行，请启动它。'
echo '已安装。主机密钥的指纹（请告诉发布的人核对）：'
for key in /etc/ssh/ssh_host_*_key.pub; do
    ssh-keygen -l -f "$key"
done
