#!/bin/sh
if [ -n "${HANDROLL_TOUR_THEIRS-}" ]; then
  ENV=$HANDROLL_TOUR_THEIRS
  unset HANDROLL_TOUR_THEIRS
  # A shell expands what ENV says before it reads that file.
  eval "[ ! -r \"$ENV\" ] || . \"$ENV\""
else
  unset ENV
fi
# The tour's variables, whatever the learner's own files have set them to.
eval "$HANDROLL_TOUR_ENV"
unset HANDROLL_TOUR_ENV

PS1=$HANDROLL_TOUR_PROMPT$PS1
