#!/bin/sh
# The main job on one machine: files and a vendor's reports in, tables, Parquet, mails and a dashboard out. Called by
# `make demo`.
set -eu
rounds="$ROUNDS_BIN/rounds"
out=target/demo
# Another seed makes other workbooks: a second demo loads them, where the same ones would change nothing.
seed=${SEED:-$(date +%s)}
step() { printf '\n\033[1m%s\033[0m\n' "$*"; }

step "1. The one-machine stack (S3, EventBridge, Step Functions, Lambda, Secrets Manager, SES, PostgreSQL)"
"$rounds" local up

step "2. Two synthetic workbooks of a clinic, with the dirt that real ones have (SEED=$seed makes the same ones again)"
rm -rf "$out"
"$ROUNDS_BIN/synthesize" healthtech --seed "$seed" --out "$out/drops"
"$ROUNDS_BIN/synthesize" hostile --out "$out/hostile"

step "3. Appointments dropped first, doctors after them: unknown doctors get placeholders, then their names"
"$rounds" drop "$out/drops/Data Engineer's Appointments Excel (1).xlsx" --follow
"$rounds" drop "$out/drops/Data Enginner's Doctors Excel (1).xlsx" --follow

step "4. A workbook with a password: set aside, with a reason and an alert"
# Exit code 3 says quarantined, which is what this step shows.
"$rounds" drop "$out/hostile/password.xlsx" --follow || test $? -eq 3

step "5. The morning's files: a booking workbook (57 columns, about 10,000 rows) and the hospital system's exports"
today=$(date -u +%F)
"$ROUNDS_BIN/synthesize" mis --seed "$seed" --as-of "$today" --out "$out/drops"
"$ROUNDS_BIN/synthesize" hospital --seed "$seed" --as-of "$today" --out "$out/hospital"
"$rounds" drop "$out/drops/MIS_Report.xlsx" --domain mis --follow
for file in patients doctors appointments treatments; do
    "$rounds" drop "$out/hospital/$file.csv" --domain hospital --follow
done

step "6. The morning's round: the reports that waited for these files, and a reminder to each patient of the day"
# Patients are reminded between 8 and 20 o'clock only; a demo goes on at any hour.
"$rounds" report --cadence daily --as-of "$today" --at-any-hour

step "7. The same round once more: everything went out, so nothing does"
"$rounds" report --cadence daily --as-of "$today" --at-any-hour

step "8. The billing vendor's reports (a stand-in): one account is slow, one has nothing, one is refused, with an alert"
# A Monday, on which the weekly report of denials and the weekly mail are due.
monday=$(python3 -c 'import datetime as d; day = d.datetime.now(d.timezone.utc).date(); print(day - d.timedelta(day.weekday()))')
# Exit code 1 says that something was not collected, which is what this step shows.
"$rounds" collect run ar_aging gross_billing payment_trends charges_on_hold denial_trends --as-of "$monday" || test $? -eq 1
"$rounds" report --cadence weekly --as-of "$monday"
"$rounds" collect status --as-of "$monday"

step "9. The central patient record, children first: their rows wait, and load by themselves when the parents come"
"$ROUNDS_BIN/synthesize" records --seed "$seed" --as-of "$today" --out "$out/records"
for file in lab_reports visits doctors patients; do
    "$rounds" drop "$out/records/$file.csv" --domain records --follow
done
"$rounds" dashboard records.patient_records --out "$out/patient_records.html"
"$rounds" dashboard

step "10. Each doctor's month (one has no mail address, with an alert), the quarter in charts, and the weekly clean-up"
# Exit code 1 says that a doctor has no mail address; the others are sent theirs.
"$rounds" report hospital.monthly_activity hospital.quarterly_performance || test $? -eq 1
"$rounds" clean-up

step "11. A patient's history, on request: a file behind a link that ends, and word of it to who asked"
"$rounds" export hospital.patient_history patient_id=P100000 --notify medical_records@clinic.example

step "12. The mails that went out, as files to open"
"$rounds" local mails --out "$out/mails" >"$out/mails.txt"
echo "$(grep -c 'eml$' "$out/mails.txt") mails in $out/mails, among them:"
# One of each kind: they differ in their first two words.
grep 'html$' "$out/mails.txt" | awk -F- '!seen[$1 $2]++'

step "13. The tables"
"$rounds" local psql -- --pset pager=off \
    -c 'SELECT * FROM healthtech.confirmed_by_doctor LIMIT 5' \
    -c 'SELECT appt_status, appt_payment_status, count(*), sum(amount_inr) FROM mis.appointments GROUP BY 1, 2 ORDER BY 1, 2' \
    -c 'SELECT aging_bucket, sum(charges) AS charges, sum(balance_due_payer) AS due_from_payers, sum(balance_due_patient) AS due_from_patients FROM billing.ar_aging_summary GROUP BY aging_bucket, aging_bucket_order ORDER BY aging_bucket_order' \
    -c 'SELECT * FROM records.hospital_visits' \
    -c 'SELECT report, period, count(*) AS letters, sum(rows) AS rows FROM ops.report_run GROUP BY 1, 2 ORDER BY max(rendered_at) DESC LIMIT 12' \
    -c 'SELECT key, status, load, read, loaded, rejected, superseded, held, error FROM ops.run LIMIT 5'

step "What runs where"
"$rounds" local status

step "Next"
cat <<END
  open $out/patient_records.html in a browser: the dashboard needs no server and no network
  $rounds runs                          every run and what became of it
  $rounds drop FILE --follow            a file of your own
  $rounds report mis.cancelled          a report for today; --as-of for another day
  $rounds dashboard                     the dashboards, with links that open them
  $rounds explain KEY                   what became of it, rule by rule, and what to do next
  $rounds local psql                    the tables, as SQL
  $rounds local status                  what is running, and where
  make stop                             stop it; the data stays
END
