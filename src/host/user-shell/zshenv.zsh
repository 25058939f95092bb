handroll_tour_ours=$ZDOTDIR
if (( ${+HANDROLL_TOUR_ZDOTDIR} )); then
  ZDOTDIR=$HANDROLL_TOUR_ZDOTDIR
  unset HANDROLL_TOUR_ZDOTDIR
else
  unset ZDOTDIR
fi
[[ ! -r ${ZDOTDIR:-$HOME}/.zshenv ]] || source "${ZDOTDIR:-$HOME}/.zshenv"
# Their .zshenv may have moved it; zsh goes on to our .zshrc, and there it is theirs again.
(( ! ${+ZDOTDIR} )) || handroll_tour_theirs=$ZDOTDIR
ZDOTDIR=$handroll_tour_ours
