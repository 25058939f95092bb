#!/bin/sh
# The first program in a pseudo-terminal that `script` opened: gives the terminal its size and the modes
# of a new one, and tells its name, so that it can be resized from outside.
# script knows neither: its own standard input isn't a terminal.
stty sane iutf8 rows "$1" cols "$2"
tty >&3
exec 3>&-
shift 2
exec "$@"
