#!/bin/sh
# The main jobs on one machine, as a story: a line a step, then one screen. Called by `make demo`.
set -eu
rounds="$ROUNDS_BIN/rounds"
out=target/demo
log=$out/demo.log
# Another seed makes other files: a second demo loads them, where the same ones would change nothing.
seed=${SEED:-$(date +%s)}
began=$(date +%s)
today=$(date -u +%F)
# A Monday, on which the weekly report of denials and the weekly mail are due.
monday=$(python3 -c 'import datetime as d; day = d.datetime.now(d.timezone.utc).date(); print(day - d.timedelta(day.weekday()))')
chapter="Make room"

# Traps print where the demo prints, whatever is redirected when they are called.
exec 3>&1
ended() {
    test "$1" = 0 && return
    exec >&3
    printf '\n\nThe demo ended with "%s", which said:\n\n' "$chapter"
    tail -n 15 "$out/said" "$out/told.json"
    printf '\n`rounds doctor` finds what is missing, and `make demo` begins anew. `make stop` stops the stack.\n'
}
trap 'ended $?' EXIT
trap 'trap - EXIT; printf "\n\nThe stack goes on running; \`make stop\` stops it.\n" >&3; exit 130' INT

# step WHAT COMMAND…: says what, does it with its output in the log, and tells what it came to.
step() {
    chapter=$1
    shift
    printf '  %-66s ' "$chapter"
    from=$(date +%s)
    came=0
    "$@" >"$out/told.json" 2>"$out/said" || came=$?
    { printf '\n%s\n' "$chapter" && cat "$out/said" "$out/told.json"; } >>"$log"
    test "$came" = 0 || return "$came"
    came_to=
    if grep -q '^{' "$out/told.json"; then came_to="$(python3 infra/local/told.py "$out/told.json"), "; fi
    printf '%s%s s\n' "$came_to" "$(($(date +%s) - from))"
}

# may_end CODE COMMAND…: a command that may end with this exit code, as what it shows is refused.
may_end() {
    code=$1
    shift
    "$@" || test $? = "$code"
}

# drops DOMAIN FILE…: one after another.
drops() {
    domain=$1
    shift
    for file; do
        "$rounds" drop "$file" ${domain:+--domain "$domain"} --follow --json || return
    done
}

files() {
    "$ROUNDS_BIN/synthesize" healthtech --seed "$seed" --out "$out/drops" &&
        "$ROUNDS_BIN/synthesize" hostile --out "$out/hostile" &&
        for domain in mis hospital records; do
            "$ROUNDS_BIN/synthesize" "$domain" --seed "$seed" --as-of "$today" --out "$out/$domain" || return
        done
}

# The mails that went out since the stack was started; those of before are kept in its state folder.
mails() { "$rounds" local mails --out "$out/mails"; }

# latest NAME: the page of the latest mail whose file's name begins so.
latest() {
    # shellcheck disable=SC2012 # the names are letters, digits and dashes
    ls -t "$out/mails/$1"*.html target/local/stack/mails/"$1"*.html 2>/dev/null | head -n 1
}

link() { test -z "$2" || ! test -f "$2" || printf '  %-18s file://%s\n' "$1" "$(realpath "$2")"; }

# rejects DATASET: the workbook to mend of the batch that was loaded last.
rejects() {
    latest_load="SELECT left(batch, 8) FROM ops.load WHERE dataset = '$1' ORDER BY load DESC LIMIT 1"
    batch=$("$rounds" local psql -- -XqAtc "$latest_load") && "$rounds" rejects "$batch" --xlsx "$out/rejects.xlsx"
}

rm -rf "$out"
mkdir -p "$out"
printf '\nA clinic group'\''s day, on this machine. SEED=%s makes the same files again; all output is in %s.\n\n' "$seed" "$log"

step "The stack: S3, Step Functions, Lambda, SES, PostgreSQL" "$rounds" local up
step "Files of a day, made up, with the dirt that real ones have" files
step "Appointments come before their doctors, who get placeholders" \
    drops "" "$out/drops/Data Engineer's Appointments Excel (1).xlsx"
if grep -q '"sent":1' "$out/told.json"; then
    step "Its letters, as files" mails
    printf '\n  The first report went out %s s after the beginning: file://%s\n\n' \
        "$(($(date +%s) - began))" "$(realpath "$(latest appointments-summary)")"
fi

step "The doctors' names arrive" drops "" "$out/drops/Data Enginner's Doctors Excel (1).xlsx"
step "A workbook with a password is set aside, with an alert" may_end 3 drops "" "$out/hostile/password.xlsx"
step "The morning's booking workbook" drops mis "$out/mis/MIS_Report.xlsx"
step "The hospital's exports of the night" drops hospital "$out/hospital/patients.csv" "$out/hospital/doctors.csv" \
    "$out/hospital/appointments.csv" "$out/hospital/treatments.csv"
# Patients are reminded between 8 and 20 o'clock only; a demo goes on at any hour.
step "The morning's round: reports, and a reminder to each patient" \
    "$rounds" report --cadence daily --as-of "$today" --at-any-hour --json
step "The same round again: no letter goes out twice" \
    "$rounds" report --cadence daily --as-of "$today" --at-any-hour --json
step "The billing vendor is asked: an account is slow, one is refused" may_end 1 "$rounds" collect run ar_aging \
    gross_billing payment_trends charges_on_hold denial_trends --as-of "$monday" --again --json
step "The week's revenue cycle" "$rounds" report --cadence weekly --as-of "$monday" --json
step "Patient records, children first: their rows wait for the parents" drops records "$out/records/lab_reports.csv" \
    "$out/records/visits.csv" "$out/records/doctors.csv" "$out/records/patients.csv"
step "Each doctor's month, one without an address; the quarter" may_end 1 \
    "$rounds" report hospital.monthly_activity hospital.quarterly_performance --json
months=$(sed -n 's/.*"run":"\([0-9a-f]*\).*/\1/p' "$out/told.json")
step "Old cancelled appointments go to the archive" "$rounds" clean-up --json
step "One patient's history, on request" \
    "$rounds" export hospital.patient_history patient_id=P100000 --notify medical_records@clinic.example --json

step "All letters, as files" mails
step "The dashboard's page" "$rounds" dashboard records.patient_records --out "$out/patient_records.html"
step "The rejected rows, as a workbook to mend" rejects healthtech.appointments
step "The day's account" "$rounds" local psql -- -X -f infra/local/demo.sql

printf '\nToday on this machine, every row accounted for:\n\n'
cat "$out/told.json"
cat <<END
What was refused, and what you would type:

  password.xlsx            save it without its password, then
                           rounds drop password.xlsx --follow
  rows of appointments     mend them in the workbook below, then
                           rounds replay $batch --mended $out/rejects.xlsx --follow
  a doctor's month         give the doctor's mail address in the hospital's export, then
                           rounds redrive $months --follow
  account 10000003         have the vendor turn it on, then
                           rounds collect run --account 10000003 --as-of $monday --again

To open in a browser or a spreadsheet program:

END
link "summary" "$(latest appointments-summary)"
link "reminder" "$(latest your-appointment)"
link "revenue cycle" "$(latest revenue-cycle)"
link "dashboard" "$out/patient_records.html"
link "rejected rows" "$out/rejects.xlsx"
printf '\nThe stack goes on running. To try:\n\n'
command -v rounds >/dev/null || printf '  export PATH="%s:$PATH"   # once per shell\n' "$(realpath "$ROUNDS_BIN")"
cat <<END
  rounds runs                                   every run, and what became of it
  rounds explain "Data Engineer's Appointments Excel (1).xlsx"
  rounds drop FILE --follow                     a file of your own
  make stop                                     stop it; the data stays
END
