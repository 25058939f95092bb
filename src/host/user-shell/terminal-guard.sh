#!/bin/sh
# However we end, the terminal has to be usable afterwards, and no shell may go on reading the keys
# that are meant for the one we came from. So a shell waits beside us for the end of a pipe, which the
# kernel closes with us. It is in a session of its own: what is sent to our process group, or to those
# who have the terminal, is not sent to it. It has that terminal as its standard output.
trap '' HUP INT QUIT TERM PIPE
screen='' shell='' signal=KILL

# The kernel's line on a process, without its name, in which there may be anything.
stat_of() {
  stat=
  { while IFS= read -r line || [ -n "$line" ]; do stat=$line; done <"/proc/$1/stat"; } 2>/dev/null
  stat=${stat##*)}
}
stat_of "$2"
# shellcheck disable=SC2086 # Each number on the line is an argument.
set -- "$1" $stat
parent=$3 terminal=$6 ours=$7

while read -r what value; do
  case $what in
    screen) screen=$value ;;
    shell) shell=$value ;;
    hangup) signal=HUP; break ;;
    end) exit ;;
  esac
done

# Before anything else: the shell that we came from is about to write its prompt. If it has the terminal
# already, its prompt may be on the screen that is left now.
late=
if [ -n "$screen" ]; then
  stat_of "$parent"
  # shellcheck disable=SC2086
  set -- "$1" $stat
  [ "$7" = "$ours" ] || late=yes
  printf '\033[?25h\033[?1049l'
fi

# All processes with their parents, and who has the terminal.
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

# The jobs of a shell, and theirs. Each once, however they are ordered.
jobs_of() {
  family=" $1 " grown=yes
  while [ -n "$grown" ]; do
    grown=
    for each in $all; do
      case $family in *" ${each%:*} "*) continue ;; esac
      case $family in *" ${each#*:} "*) family="$family${each%:*} " grown=yes ;; esac
    done
  done
  family=${family#" $1 "}
}

look
if [ -n "$shell" ]; then
  jobs_of "$shell"
  # As where a terminal is closed. Asked to end, the shell would hand it to our process group: where
  # that has gone, nobody would ever take it back.
  kill -s "$signal" "$shell" 2>/dev/null
  for each in $family; do
    kill -s HUP "$each"
    kill -s CONT "$each"
  done 2>/dev/null
  for _ in 1 2 3 4; do
    left=
    for each in $shell $family; do kill -0 "$each" && left=yes; done 2>/dev/null
    [ -n "$left" ] || break
    sleep 0.1
  done
  for each in $shell $family; do kill -s KILL "$each"; done 2>/dev/null
  look
fi
# A shell that edits its own lines has put the terminal in order if it got there first.
editing=
if [ "$owner" != "$shell" ] && [ "$owner" != "$ours" ] && read -r name <"/proc/$owner/comm"; then
  case $name in bash | zsh | fish) editing=yes ;; esac
fi 2>/dev/null
[ -n "$editing" ] || stty "$1" <&1
# bash and zsh write it again where the width of the terminal changes.
if [ -n "$editing" ] && [ -n "$late" ]; then
  { size=$(stty size <&3); } 3<&1
  stty cols "$((${size#* } - 1))" <&1
  sleep 0.2
  stty cols "${size#* }" <&1
fi
