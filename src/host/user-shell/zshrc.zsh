if (( ${+handroll_tour_theirs} )); then
  ZDOTDIR=$handroll_tour_theirs
else
  unset ZDOTDIR
fi
# The system's zshrc may have put the history beside this file.
[[ ${HISTFILE:-} != "$handroll_tour_ours"/* ]] || HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}
unset handroll_tour_ours handroll_tour_theirs
[[ ! -r ${ZDOTDIR:-$HOME}/.zshrc ]] || source "${ZDOTDIR:-$HOME}/.zshrc"
# The tour's variables, whatever the learner's own files have set them to.
eval "$HANDROLL_TOUR_ENV"
unset HANDROLL_TOUR_ENV

handroll_tour_prompt() {
  # Beside the page, steps are done while this shell is open, and they make more variables known.
  if [[ -r ${HANDROLL_TOUR_VARIABLES:-} ]]; then
    local now="$(<"$HANDROLL_TOUR_VARIABLES")"
    if [[ $now != "${handroll_tour_told:-}" ]]; then
      handroll_tour_told=$now
      eval "$now"
    fi
  fi
  [[ $PROMPT == "$HANDROLL_TOUR_PROMPT"* ]] || PROMPT=$HANDROLL_TOUR_PROMPT$PROMPT
}
precmd_functions+=(handroll_tour_prompt)
