#!/bin/sh
# What a private containerd has to be able to do in a user namespace, tried out in one that goes at once.
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
cd /run
mkdir lower upper work merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
