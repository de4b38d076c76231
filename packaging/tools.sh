#!/bin/sh
# Install the tools of debian-packages.txt that are missing, and a Python with its venv module. Only root can; for
# anyone else the missing ones are named, and what needs them says so itself.
#
#   packaging/tools.sh [PYTHON]     PYTHON: the interpreter that .venv will be made with, when there is one already
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
python=${1:-}

missing=$(sed 's/#.*//' "$here/debian-packages.txt" | while read -r package kind file _; do
    [ "$kind" = tool ] || continue
    command -v "$file" >/dev/null 2>&1 || echo "$package"
done)

if [ -z "$python" ]; then
    missing="$missing python3 python3-venv"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian names the package after the version; python3-venv brings that of its own python3.
    missing="$missing $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
fi

missing=$(echo $missing)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "tools: missing, and only root on Debian or Ubuntu can install them here: $missing" >&2
    exit 0
fi

echo "tools: installing $missing"
install_missing() {
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends $missing </dev/null >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_missing && exit 0
# The package lists may be empty, or older than what the mirror still has.
{ apt-get -qq -o DPkg::Lock::Timeout=120 update >"$log" 2>&1 && install_missing; } && exit 0
echo "tools: could not install $missing:" >&2
tail -n 5 "$log" >&2
exit 1
