#!/bin/bash
# Runs a script so that SIGTERM to this bash alone lets the command that runs finish, and starts no other. Without
# the trap, bash would also replace itself by the last command, which would then get that SIGTERM.
trap 'exit 143' TERM
eval "$1"
