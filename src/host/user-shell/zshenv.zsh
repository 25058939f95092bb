handroll_tour_ours=$ZDOTDIR
if (( ${+HANDROLL_TOUR_ZDOTDIR} )); then
  ZDOTDIR=$HANDROLL_TOUR_ZDOTDIR
  unset HANDROLL_TOUR_ZDOTDIR
else
  unset ZDOTDIR
fi
[[ ! -r ${ZDOTDIR:-$HOME}/.zshenv ]] || source "${ZDOTDIR:-$HOME}/.zshenv"
# Their .zshenv may have changed ZDOTDIR. zsh reads our .zshrc next, which sets it back to theirs.
(( ! ${+ZDOTDIR} )) || handroll_tour_theirs=$ZDOTDIR
ZDOTDIR=$handroll_tour_ours
