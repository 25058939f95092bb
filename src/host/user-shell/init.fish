# Passed to fish with --init-command, which runs it after the learner's own configuration.
eval $HANDROLL_TOUR_ENV
set -e HANDROLL_TOUR_ENV
functions -q fish_prompt; and functions --copy fish_prompt handroll_tour_theirs
function handroll_tour_status
    return $argv[1]
end
function fish_prompt
    set -l last $status
    echo -n -- $HANDROLL_TOUR_PROMPT
    handroll_tour_status $last
    functions -q handroll_tour_theirs; and handroll_tour_theirs
end
