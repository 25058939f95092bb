#!/bin/sh
# However the tour ends, the terminal has to be usable afterwards, and no shell of ours may go on reading
# keys that are meant for the shell we came from. So this waits for the end of a pipe, which the kernel
# closes when the tour ends. It runs in a session of its own, so that signals to our process group or
# from the terminal don't reach it. Its standard output is the terminal.
trap '' HUP INT QUIT TERM PIPE
screen='' shell='' panes='' signal=KILL

# A process's stat line without its name, which may contain anything.
stat_of() {
  stat=
  { while IFS= read -r line || [ -n "$line" ]; do stat=$line; done <"/proc/$1/stat"; } 2>/dev/null
  stat=${stat##*)}
}
stat_of "$2"
# shellcheck disable=SC2086 # Each number on the line is an argument.
set -- "$1" $stat
parent=$3 terminal=$6 ours=$7

# All processes with their parents, and the terminal's foreground group.
look() {
  all='' owner=''
  for dir in /proc/[0-9]*; do
    stat_of "${dir#/proc/}"
    # shellcheck disable=SC2086
    set -- $stat
    [ -n "$2" ] || continue
    all="$all ${dir#/proc/}:$2"
    [ "$5" = "$terminal" ] && owner=$6
  done
}

# The jobs of some processes and their descendants, each once.
jobs_of() {
  family=" $* " grown=yes
  while [ -n "$grown" ]; do
    grown=
    for each in $all; do
      case $family in *" ${each%:*} "*) continue ;; esac
      case $family in *" ${each#*:} "*) family="$family${each%:*} " grown=yes ;; esac
    done
  done
  family=${family#" $* "}
}

# Ends processes as when their terminal is closed, and then their jobs. With SIGTERM, a shell would hand
# the terminal to our process group, and if that has ended, it would stay there.
hang_up() {
  how=$1
  shift
  [ $# -gt 0 ] || return 0
  look
  jobs_of "$@"
  kill -s "$how" "$@" 2>/dev/null
  for each in $family; do
    kill -s HUP "$each"
    kill -s CONT "$each"
  done 2>/dev/null
  for _ in 1 2 3 4; do
    left=
    for each in "$@" $family; do kill -0 "$each" && left=yes; done 2>/dev/null
    [ -n "$left" ] || break
    sleep 0.1
  done
  for each in "$@" $family; do kill -s KILL "$each"; done 2>/dev/null
}

while read -r what value; do
  case $what in
    screen) screen=$value ;;
    shell) shell=$value ;;
    panes) panes=$value ;;
    close) hang_up KILL "$value" ;;
    hangup) signal=HUP; break ;;
    end) exit ;;
  esac
done

# First of all, since the shell we came from is about to write its prompt. If it has the terminal
# already, the prompt may have gone to the alternate screen, which is left now.
late=
if [ -n "$screen" ]; then
  stat_of "$parent"
  # shellcheck disable=SC2086
  set -- "$1" $stat
  [ "$7" = "$ours" ] || late=yes
  printf '\033[?2004l\033[?25h\033[?1049l'
fi

# shellcheck disable=SC2086 # Each number is an argument.
hang_up "$signal" $shell
# These have terminals of their own, which are closed with the process that opened them.
# shellcheck disable=SC2086
hang_up KILL $panes
look
# A shell with line editing has restored the terminal itself if it was faster.
editing=
if [ "$owner" != "$shell" ] && [ "$owner" != "$ours" ] && read -r name <"/proc/$owner/comm"; then
  case $name in bash | zsh | fish) editing=yes ;; esac
fi 2>/dev/null
[ -n "$editing" ] || stty "$1" <&1
# bash and zsh write their prompt again if the width of the terminal changes.
if [ -n "$editing" ] && [ -n "$late" ]; then
  { size=$(stty size <&3); } 3<&1
  stty cols "$((${size#* } - 1))" <&1
  sleep 0.2
  stty cols "${size#* }" <&1
fi
