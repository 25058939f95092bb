#!/bin/bash
# shellcheck disable=SC1090 # It is the learner's.
[ ! -r ~/.bashrc ] || . ~/.bashrc
# The tour's variables, whatever the learner's own files have set them to.
eval "$HANDROLL_TOUR_ENV"
unset HANDROLL_TOUR_ENV

# This runs last, since prompts may be built anew by an earlier PROMPT_COMMAND.
handroll_tour_prompt() {
  # Beside the page, steps are done while this shell is open, and they make more variables known.
  if [ -r "${HANDROLL_TOUR_VARIABLES-}" ]; then
    local now
    IFS= read -r -d '' now <"$HANDROLL_TOUR_VARIABLES"
    if [ "$now" != "${handroll_tour_told-}" ]; then
      handroll_tour_told=$now
      eval "$now"
    fi
  fi
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
