#!/bin/bash
# shellcheck disable=SC1090 # It is the learner's.
[ ! -r ~/.bashrc ] || . ~/.bashrc
# The tour's variables, whatever the learner's own files have set them to.
eval "$HANDROLL_TOUR_ENV"
unset HANDROLL_TOUR_ENV

# This runs last, since prompts may be built anew by an earlier PROMPT_COMMAND.
handroll_tour_prompt() {
  case $PS1 in
    "$HANDROLL_TOUR_PROMPT"*) ;;
    *) PS1=$HANDROLL_TOUR_PROMPT$PS1 ;;
  esac
}
if [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 51 ]; then
  PROMPT_COMMAND+=(handroll_tour_prompt)
else
  # shellcheck disable=SC2128,SC2178 # An earlier bash knows it as a string.
  PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND
}handroll_tour_prompt"
fi
