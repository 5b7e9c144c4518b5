//! What the clock calls.

use rounds_shared::catalog::Cadence;
use serde_json::{Value, json};

use crate::cloudformation::{Template, referred};

#[test]
fn each_cadence_the_collection_and_the_clean_up_are_called_once_in_the_clinics_time_zone_with_their_own_time()
{
    let template = Template::application();
    let machines = template.resources("AWS::Serverless::StateMachine");
    let events = machines.iter().filter_map(|(_, machine)| machine["Events"].as_object()).flatten();
    let mut called = Vec::new();
    for (_, event) in events {
        assert_eq!(event["Type"], "ScheduleV2");
        let schedule = &event["Properties"];
        assert_eq!(schedule["ScheduleExpressionTimezone"], json!({"Ref": "ClinicTimeZone"}));
        assert_eq!(schedule["State"], json!({"Ref": "Schedules"}));
        let input = referred(&schedule["Input"]).replace("${NightDeadlineMinutes}", "600");
        let input: Value = serde_json::from_str(&input).unwrap();
        assert_eq!(input["scheduled_at"], "<aws.scheduler.scheduled-time>");
        // Midnight is before the exports of the night.
        let at = referred(&schedule["ScheduleExpression"]);
        let is_at_midnight = ["MonthlyAt", "QuarterlyAt"].contains(&at.as_str());
        assert_eq!(input.get("deadline_minutes").is_some(), is_at_midnight, "{input}");
        called.push(match input.get("cadence") {
            Some(cadence) => serde_json::from_value::<Cadence>(cadence.clone()).unwrap().as_str(),
            None if at == "CleanUpAt" => "clean-up",
            None => "collect",
        });
    }
    called.sort_unstable();
    assert_eq!(called, ["clean-up", "collect", "daily", "monthly", "quarterly", "weekly"]);
}
