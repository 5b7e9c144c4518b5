//! Everything at once, by chance, for as long as one likes; and at the end of each day the books are right.
//!
//! The steps are drawn from a seed. How they fall in with what runs is the machine's, so that a replay of a seed does the
//! same things, but not to the instruction: `make soak SEED=7 STEPS=1000`.
#![cfg(target_os = "linux")]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod checks;
mod files;
mod operator;
mod post;
mod step;
mod world;

use rounds_tests::{appointments, assert_nothing_leaked, today};

use operator::Operator;
use world::World;

/// Steps of a day, at whose end everything comes to rest and is checked.
const DAY: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_in_whatever_order_no_row_and_no_mail_is_lost_or_doubled() {
    let (seed, steps) = (number("SOAK_SEED", 1), number("SOAK_STEPS", 40));
    let _replay = Replay { seed, steps };
    let (mut world, mut operator) = (World::begin(seed, today()), Operator::default());
    for file in world.files.firsts() {
        world.drop_file(file).await;
    }
    end_day(&world, &mut operator).await;

    let count = usize::try_from(steps).unwrap();
    for (number, (step, pause)) in step::steps(seed, world.files.all.len()).take(count).enumerate() {
        world.take(step).await;
        assert_whole(&world).await;
        tokio::time::sleep(pause).await;
        if (number + 1) % DAY == 0 {
            end_day(&world, &mut operator).await;
        }
    }
    end_day(&world, &mut operator).await;
    assert_nothing_leaked(&world.stack);
}

/// Everything comes to rest, is brought in order and is checked.
async fn end_day(world: &World, operator: &mut Operator) {
    operator.tidy_up(world).await;
    checks::check(world, operator).await;
    eprintln!("{} drops, {} mails; {operator}", world.drops, world.post.taken().len());
}

/// Whoever reads the appointments now reads one clinic's, whole.
async fn assert_whole(world: &World) {
    let Ok(database) = world.stack.try_database().await else { return };
    let found = appointments(&database).await;
    let is_one = world.files.clinics.iter().any(|clinic| clinic.appointments_table() == found);
    assert!(is_one, "a reader sees {} appointments, those of no file", found.len());
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Says how to do the same again, where the test fails.
struct Replay {
    seed: u64,
    steps: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("To replay: make soak SEED={} STEPS={}", self.seed, self.steps);
        }
    }
}
