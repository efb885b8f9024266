#!/bin/sh
# The first process of a machine (see machine.py), in its new namespaces: it makes a root file system
# that starts out as a copy of a real one, and then reaps what others leave behind.
#
#	machine.sh NAME SHARED ROOT [LAYER...]
#
# SHARED is a directory that is the same inside and outside; ROOT is "/", or that of another system. Each LAYER is a directory that is copied over
# the root, the last uppermost. Prints "ready" when all is there.
set -eu

hostname "$1"
shared=$2
base=$3
shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
for layer in "$@"; do
	cp -a "$layer/." /mnt/upper
done
mount -t overlay overlay -o "lowerdir=$base,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mkdir -p /mnt/shared
mount --bind "$shared" /mnt/shared
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/lock ".$shared"
mount --move /mnt/shared ".$shared"
mkdir .old
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
ip link set lo up
echo ready
sleep infinity </dev/null >/dev/null 2>&1 &
trap 'exit 0' TERM
while :; do
	wait || :
done
