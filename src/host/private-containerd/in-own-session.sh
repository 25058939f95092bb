#!/bin/bash
# Runs a command in a session of its own and waits for it. If the terminal is closed, only this process
# or the sudo around it ends; the daemon goes on for those who still use it.
(trap - INT QUIT; exec setsid "$@") & wait
