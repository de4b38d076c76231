#!/bin/sh
# Unpack the peers of debian-packages.txt, and the libraries that they need and the host has not, into build/peers.
# Nothing is installed and no service starts. What could not be had is named here and in build/peers/missing; the tests
# that need it are skipped by name; an hour later it is tried again. Quick when there is nothing to do: build/peers/stamp
# holds the list that it was made from.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(dirname "$here")/build
peers=$build/peers

list=$(sed 's/#.*//' "$here/debian-packages.txt" | awk '$2 == "peer" {print $1, $3}')
settled() {
    [ "$(cat "$peers/stamp" 2>/dev/null)" = "$list" ] || return 1
    [ -s "$peers/missing" ] || return 0
    [ -z "$(find "$peers/missing" -mmin +60)" ] || return 1
    echo "peers: not to be had here: $(tr '\n' ' ' <"$peers/missing")"
}
! settled || exit 0

mkdir -p "$peers" "$build/debs/partial"
exec 9>"$build/peers.lock"
if command -v flock >/dev/null 2>&1; then
    flock 9
    ! settled || exit 0
fi
: >"$peers/missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "$list" | awk '{print $1}' >"$peers/missing"
    echo "peers: no apt-get here; missing: $(tr '\n' ' ' <"$peers/missing")"
    exit 0
fi

# What apt would install with a package, itself included; the C library always stays the host's, since the program
# loader belongs to it.
closure() {
    apt-get -s -o Debug::NoLocking=1 -o APT::Get::AllowUnauthenticated=false install --no-install-recommends \
        --reinstall "$1" 2>/dev/null </dev/null | awk '/^Inst / && $2 !~ /^(libc6|libc-bin|libc-l10n|locales)$/ {print $2}'
}

fetch() {
    packages=$(closure "$1")
    [ -n "$packages" ] || return 1
    # shellcheck disable=SC2086 # a list of words
    (cd "$build/debs" && apt-get -qq -o APT::Sandbox::User=root download $packages >/dev/null 2>&1 </dev/null) || return 1
    for name in $packages; do
        for deb in "$build/debs/$name"_*.deb; do
            [ -e "$deb" ] || return 1
            dpkg-deb -x "$deb" "$peers"
        done
    done
}

updated=no
fetch_or_update() {
    fetch "$1" && return 0
    [ "$updated" = no ] && [ "$(id -u)" -eq 0 ] || return 1
    updated=yes
    apt-get -qq -o DPkg::Lock::Timeout=120 update >/dev/null 2>&1 </dev/null || return 1
    fetch "$1"
}

echo "peers: unpacking into build/peers"
echo "$list" | {
    while read -r package file; do
        [ ! -e "$peers/$file" ] || continue
        if ! fetch_or_update "$package" || [ ! -e "$peers/$file" ]; then
            echo "peers: could not get $package" >&2
            echo "$package" >>"$peers/missing"
        fi
    done
}
rm -rf "$build/debs"
echo "$list" >"$peers/stamp"
