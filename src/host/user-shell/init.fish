# Passed to fish with --init-command, which runs it after the learner's own configuration.
eval $HANDROLL_TOUR_ENV
set -e HANDROLL_TOUR_ENV
functions -q fish_prompt; and functions --copy fish_prompt handroll_tour_theirs
function handroll_tour_status
    return $argv[1]
end
function fish_prompt
    set -l last $status
    # Beside the page, steps are done while this shell is open, and they make more variables known.
    if test -r "$HANDROLL_TOUR_VARIABLES"
        set -l now (string collect <"$HANDROLL_TOUR_VARIABLES")
        if test "$now" != "$handroll_tour_told"
            set -g handroll_tour_told $now
            eval $now
        end
    end
    echo -n -- $HANDROLL_TOUR_PROMPT
    handroll_tour_status $last
    functions -q handroll_tour_theirs; and handroll_tour_theirs
end
