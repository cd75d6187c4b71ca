# For the checks: says of each whether it holds, and counts those that do not.
failed=0

# holds WHAT COMMAND...: runs the command; what it printed is shown where it fails.
holds() {
    what=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $what"
    else
        echo "FAILED  $what: $* ended with code $?"
        echo "$output" | tail -n 20 | sed 's/^/        /'
        failed=$((failed + 1))
    fi
}

# comes WHAT SECONDS COMMAND...: runs the command until it succeeds.
comes() {
    what=$1 limit=$(($(date +%s) + $2))
    shift 2
    until output=$("$@" 2>&1); do
        if [ "$(date +%s)" -ge "$limit" ]; then
            echo "FAILED  $what: $* still fails"
            echo "$output" | tail -n 20 | sed 's/^/        /'
            failed=$((failed + 1))
            return
        fi
        sleep 0.2
    done
    echo "ok      $what"
}

# labels FILE: those of its events, in order, with commas between.
labels() {
    sed -n 's/.*"label": *"\([^"]*\)".*/\1/p' "$1" | paste -s -d ,
}
