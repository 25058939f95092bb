#!/bin/bash
# Runs a command with its output in the file that is the first argument.
exec >"$1" 2>&1
shift
exec "$@"
