#!/bin/sh
# Runs a command in an image's files as a container would with a root that cannot be written:
# `unshare --mount read_only.sh ROOT DATA COMMAND...`. DATA is what /data is there.
set -eu
root=$1 data=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
exec chroot "$root" "$@"
