#!/bin/bash
# Runs a command with the directories of the first argument at the end of the PATH.
PATH=$PATH:$1
shift
exec "$@"
