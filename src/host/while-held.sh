#!/bin/bash
# Runs a command until its own standard input is closed, which happens however we end.
exec 3<&0 </dev/null
"$@" 3<&- &
exec >&-
cat <&3 >/dev/null
kill "$!"
wait
