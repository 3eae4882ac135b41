# Completion of coder-metrics-adapter in bash. The program itself knows its commands, options and their values.
_coder_metrics_adapter() {
    local word line
    word=${COMP_WORDS[COMP_CWORD]}
    [ "$word" != "=" ] || word=
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = ":files" ]; then
            type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
            while IFS= read -r line; do
                COMPREPLY+=("$line")
            done < <(compgen -f -- "$word")
        else
            COMPREPLY+=("$line")
        fi
    done < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _coder_metrics_adapter coder-metrics-adapter
