#!/bin/bash
# Runs a command until standard input is closed, which happens however the tour ends. Ctrl-C may reach
# this process while a shell has the terminal, and would end bash but not the command in the background.
trap '' INT QUIT
exec 3<&0 </dev/null
"$@" 3<&- &
exec >&-
cat <&3 >/dev/null
kill "$!"
wait
