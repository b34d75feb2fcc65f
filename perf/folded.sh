# Functions of perf/flamegraph for folded stacks: one line for each different stack, frames from the thread
# to the innermost function separated by semicolons, and the number of samples behind a space. Kernel
# functions end in _[k]. Sourced, never run.

# expand_inlined FILE PROGRAM: prints the samples in FILE (of perf script) with the functions that were inlined
# into those of PROGRAM. Those of the standard library are left out: they would bury all others.
expand_inlined() {
    awk -v program="($2)" '
        # The address itself where a sample was taken; in callers the call stands in front of it.
        /^$/ { is_caller = 0; next }
        /^[^ \t]/ { next }
        { if ($NF == program) print (is_caller ? "-" : "+") $1; is_caller = 1 }' "$1" |
        LC_ALL=C sort -u >"$1.keys"
    # perf counts from the start of the file, addr2line from where the code is loaded.
    readelf --segments --wide "$2" | awk '
        function number(hex, at, sum) {
            for (at = 1; at <= length(hex); at++) sum = sum * 16 + index("123456789abcdef", substr(hex, at, 1))
            return sum
        }
        FNR != NR { printf "%x\n", number(substr($0, 2)) + distance - (substr($0, 1, 1) == "-") }
        $1 == "LOAD" && / R E / { distance = number(substr($3, 3)) - number(substr($2, 3)) }' - "$1.keys" |
        addr2line --addresses --inlines --functions --demangle --exe "$2" >"$1.found"
    awk -v program="($2)" -v keys="$1.keys" '
        FNR == NR {
            if (/^0x[0-9a-f]+$/) {
                # The last function of an address is the one that perf knows.
                if (key != "") inlined[key] = before
                if ((getline key <keys) <= 0) key = ""
                before = own = ""
            } else if (is_name = !is_name) {
                before = before own
                name = $0
            } else {
                own = $0 ~ /^\/rustc\// || $0 ~ /\/library\/(core|alloc|std)\// ? "" : "\t0 " name " (inlined)\n"
            }
            next
        }
        FNR == 1 { inlined[key] = before }
        /^$/ { is_caller = 0 }
        /^[ \t]/ {
            key = (is_caller ? "-" : "+") $1
            if ($NF == program && key in inlined) printf "%s", inlined[key]
            is_caller = 1
        }
        { print }' "$1.found" "$1"
}

# Puts user or kernel in front of each stack, so that the picture is split at its bottom, makes names shorter,
# and what leads from the start of a thread to its work a single frame.
tidy_folded() {
    sed -E 's/ ([0-9]+)$/\t\1/
        s/\+0x[0-9a-f]+//g
        s/(__vdso_[a-z_]+)_\[k\]/\1/g
        s/<impl ([a-z_]+::)*([A-Za-z]+)>/\2/g
        s/\{\{([a-z_.]+)\}\}/{\1}/g
        s/([;<( ])corelane::/\1/g' |
        awk -F '\t' '
            function is_start(frame) {
                return frame ~ /^(start_thread|scoped_tls::|glommio::(executor|task)::|<?(std::(sys|panic|thread)|core::(ops|panic)|alloc::boxed|__rust))/
            }
            {
                size = split($1, frames, ";")
                stack = (frames[size] ~ /_\[k\]$/ ? "kernel" : "user") ";" frames[1]
                at = 2
                while (at < size && is_start(frames[at])) at++
                if (at > 2) stack = stack ";executor"
                for (; at <= size; at++) stack = stack ";" frames[at]
                sum[stack] += $2
            }
            END { for (stack in sum) print stack, sum[stack] }' | LC_ALL=C sort
}

# summary FILE CPU REQUESTS: shares of the time in text. CPU is in nanoseconds; with the number of requests
# in that time (0 if not known) each share is also given per request.
summary() {
    awk -v cpu="$2" -v requests="$3" '
        # Frames of a stack, each once, however often it recurses.
        function note_all(frames, from, to, count, at, seen) {
            split("", seen)
            for (at = from; at <= to; at++) {
                if (frames[at] in seen) continue
                seen[frames[at]] = 1
                within[frames[at]] += count
            }
        }
        # What the kernel was asked for: the system call, and within a ring which of its operations.
        function kernel_part(frames, to, at, name) {
            name = "other"
            for (at = 3; at <= to; at++) {
                if (frames[at] ~ /^__(x64|arm64|se|do)_sys_io_uring_enter/) {
                    for (name = "io_uring_enter: itself"; at <= to; at++)
                        if (frames[at] ~ /^(io_(send|recv)(msg)?|io_read|io_write|io_accept|io_connect|schedule)_\[k\]$/)
                            return "io_uring_enter: " frames[at]
                    return name
                }
                if (frames[at] ~ /^(__(x64|arm64|se)_sys_|asm_|sysvec_|ret_from_fork)/) return frames[at]
                if (frames[at] ~ /^(entry_SYSCALL|syscall_|el0_svc)/) name = "the way into system calls and out of them"
            }
            return name
        }
        function row(count, name) {
            sub(/_\[k\]$/, "", name)
            gsub(/_\[k\]/, "", name)
            if (length(name) > 110) name = substr(name, 1, 107) "..."
            if (requests)
                return sprintf("%6.2f %%  %8.3f  %s", 100 * count / all, count / all * cpu / requests / 1000, name)
            return sprintf("%6.2f %%  %s", 100 * count / all, name)
        }
        function table(title, counts, most, name, order, size, at, other, held) {
            print "\n" title "\n"
            size = 0
            for (name in counts) order[++size] = name
            for (at = 2; at <= size; at++) {
                held = order[at]
                for (other = at - 1; other > 0 && before(counts, held, order[other]); other--)
                    order[other + 1] = order[other]
                order[other + 1] = held
            }
            for (at = 1; at <= size && at <= most && counts[order[at]] * 1000 >= all; at++)
                print row(counts[order[at]], order[at])
        }
        function before(counts, one, other) {
            if (counts[one] != counts[other]) return counts[one] > counts[other]
            return one < other
        }
        {
            count = $NF
            sub(/ [0-9]+$/, "")
            size = split($0, frames, ";")
            all += count
            kind[frames[1]] += count
            threads[frames[2]] += count
            if (frames[1] == "kernel") {
                kernel_self[frames[size]] += count
                calls[kernel_part(frames, size)] += count
            } else {
                user_self[frames[size]] += count
            }
            note_all(frames, 3, size, count)
        }
        END {
            line = sprintf("user %.1f %%, kernel %.1f %% of %d samples", 100 * kind["user"] / all, 100 * kind["kernel"] / all, all)
            if (requests)
                line = line sprintf("; per request %.2f µs of CPU: %.2f user, %.2f kernel", cpu / requests / 1000, kind["user"] / all * cpu / requests / 1000, kind["kernel"] / all * cpu / requests / 1000)
            print line
            if (requests) print "\nColumns: share of all samples, µs per request, name."
            table("Threads", threads, 9)
            table("User functions, their own time", user_self, 25)
            table("What the kernel was asked for, or interrupted by", calls, 12)
            table("Kernel functions, their own time", kernel_self, 20)
            table("Functions with all they call", within, 45)
        }' "$1"
}
