#!/bin/sh
# Tries what a private containerd does in a user namespace, in one that ends at once.
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
cd /run
mkdir lower upper work merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
