#!/bin/bash
# Changes to a directory inside the mount namespace, so that mounts made in there are seen on its path.
cd -- "$1" && shift && exec "$@"
