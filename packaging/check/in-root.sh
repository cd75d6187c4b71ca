#!/bin/bash
# Runs a check in a fresh copy of a Debian root, which is gone afterwards: in-root.sh [--boot] ROOT PACKAGES CHECK [ARGUMENT...]
# ROOT is what debootstrap made and is not changed; the folder PACKAGES is seen as /check/packages. With --boot, ROOT's systemd
# runs as process 1 of namespaces of its own, and CHECK beside it. Exit code 77: systemd does not start here.
set -eu

checks=$(dirname "$(realpath "$0")")
environment=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

# In new namespaces: ROOT under a layer in memory, with devices and a view of the processes of these namespaces.
mount_root() {
    base=$1 packages=$2 root=$3
    mount --make-rprivate /
    mount -t tmpfs -o size=1g tmpfs "$root"
    mkdir "$root/upper" "$root/work" "$root/merged"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$root/upper,workdir=$root/work" "$root/merged"
    mount --move "$root/merged" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/run"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    mkdir "$root/dev/pts" "$root/dev/shm"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    mkdir -p "$root/check/packages"
    mount --bind "$packages" "$root/check/packages"
    cp "$checks"/*.sh "$root/check/"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    if [ -n "${DOTNET_FOLDER:-}" ]; then # what the portable build runs on
        mkdir -p "$root/usr/share/dotnet"
        mount --bind "$DOTNET_FOLDER" "$root/usr/share/dotnet"
    fi
}

if [ "$1" = --inside ]; then
    boot=$2
    mount_root "$3" "$4" "$5"
    check=$6
    shift 6
    if [ "$boot" = yes ]; then
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
        exec chroot "$root" env -i container=edge-check /lib/systemd/systemd --unit=multi-user.target > /dev/null 2>&1
    fi
    exec chroot "$root" "${environment[@]}" sh "/check/$check" "$@"
fi

boot=no
[ "$1" = --boot ] && { boot=yes; shift; }
base=$(realpath "$1") packages=$(realpath "$2") check=$3
shift 3
root=$(mktemp --directory)
unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$0" --inside "$boot" "$base" "$packages" "$root" "$check" "$@" &
namespaces=$!
trap 'kill -KILL "$namespaces" 2> /dev/null || true; wait "$namespaces" 2> /dev/null || true; rmdir "$root" || true' EXIT
if [ "$boot" = no ]; then
    wait "$namespaces"
    exit
fi

inside() {
    nsenter --target "$(tr -d ' ' < "/proc/$namespaces/task/$namespaces/children")" --mount --pid --uts --ipc --cgroup chroot "$root" "${environment[@]}" "$@"
}
for _ in $(seq 150); do
    state=$(inside systemctl is-system-running 2> /dev/null || true)
    if [ "$state" = running ] || [ "$state" = degraded ]; then
        inside sh "/check/$check" "$@"
        exit
    fi
    sleep 0.2
done
echo "systemd $(cat "$base/etc/debian_version") does not come up in namespaces of this machine: ${state:-no answer}"
exit 77
