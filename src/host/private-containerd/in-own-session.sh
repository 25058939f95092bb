#!/bin/bash
# Runs a command in a session of its own, and waits for it. A terminal that is closed ends the one
# that waits, or the sudo around it; what others still use goes on.
(trap - INT QUIT; exec setsid "$@") & wait
