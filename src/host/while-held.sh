#!/bin/bash
# Runs a command until its own standard input is closed, which happens however we end. Ctrl-C may reach
# it while a shell has the terminal; bash would end of it, and not the command in the background.
trap '' INT QUIT
exec 3<&0 </dev/null
"$@" 3<&- &
exec >&-
cat <&3 >/dev/null
kill "$!"
wait
