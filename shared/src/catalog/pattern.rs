//! What a text has to look like.

/// What a text has to look like: a regular expression that the whole of it matches.
#[derive(Debug, Clone)]
pub struct Pattern {
    expression: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// Of most contracts' expressions, such as `P[0-9]{7}`: one step behind the other, no way but one.
    Steps(Vec<Step>),
    Regex(regex_lite::Regex),
}

/// So many characters of a set.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// A bit for each character of ASCII.
    set: u128,
    least: usize,
    most: usize,
}

impl Pattern {
    /// Reads an expression; none where it is not well-formed.
    #[must_use]
    pub fn new(expression: &str) -> Option<Self> {
        let matcher = match steps(expression) {
            Some(steps) => Matcher::Steps(steps),
            None => Matcher::Regex(whole(expression)?),
        };
        Some(Self { expression: expression.to_owned(), matcher })
    }

    /// Whether all of `text` is as the expression says.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Steps(steps) => walks(steps, text.as_bytes()),
            Matcher::Regex(regex) => regex.is_match(text),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

fn whole(expression: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(&format!("^(?:{expression})$")).ok()
}

/// Whether the steps lead from the beginning of a text to its end.
fn walks(steps: &[Step], text: &[u8]) -> bool {
    let mut rest = text;
    for Step { set, least, most } in steps {
        let is_in_set = |byte: &&u8| byte.is_ascii() && set >> **byte & 1 == 1;
        let run = rest.iter().take(*most).take_while(is_in_set).count();
        let Some((_, behind)) = rest.split_at_checked(run).filter(|_| run >= *least) else { return false };
        rest = behind;
    }
    rest.is_empty()
}

/// An expression as steps. None where it is more than characters and classes of ASCII, each so many times; and where one
/// before the last may come more or fewer times, as then it depends on what follows how many it takes.
fn steps(expression: &str) -> Option<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = expression.as_bytes();
    while !rest.is_empty() {
        if steps.last().is_some_and(|step| step.least != step.most) {
            return None;
        }
        let (set, behind) = set(rest)?;
        let (least, most, behind) = times(behind)?;
        steps.push(Step { set, least, most });
        rest = behind;
    }
    Some(steps)
}

/// The characters that may stand in one place, and what follows in the expression.
fn set(expression: &[u8]) -> Option<(u128, &[u8])> {
    match expression {
        [b'[', class @ ..] => {
            let end = class.iter().position(|byte| *byte == b']').filter(|end| *end > 0)?;
            let (class, behind) = class.split_at_checked(end)?;
            Some((members(class)?, behind.get(1..)?))
        }
        [b'\\', escaped, behind @ ..] if b"\\.+*?()|[]{}^$#&-~".contains(escaped) => {
            Some((1 << escaped, behind))
        }
        [literal, behind @ ..] if is_plain(*literal) => Some((1 << literal, behind)),
        _ => None,
    }
}

/// Characters and ranges of them, between brackets.
fn members(class: &[u8]) -> Option<u128> {
    let mut set = 0;
    let mut rest = class;
    loop {
        rest = match rest {
            [] => return Some(set),
            [from, b'-', to, behind @ ..] => {
                let is_range = from.is_ascii_alphanumeric() && to.is_ascii_alphanumeric() && from <= to;
                set |= is_range.then(|| (*from..=*to).fold(0, |set, byte| set | 1 << byte))?;
                behind
            }
            [b'-'] => return Some(set | 1 << b'-'),
            [byte, behind @ ..] if is_plain(*byte) || b".+*?()".contains(byte) => {
                set |= 1 << byte;
                behind
            }
            _ => return None,
        }
    }
}

/// Whether a character means itself, within brackets and without.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" _/,:;@%=!'\"".contains(&byte)
}

/// How many times what stands before may come: at the least, at the most; and what follows.
fn times(expression: &[u8]) -> Option<(usize, usize, &[u8])> {
    match expression {
        [b'+', behind @ ..] => Some((1, usize::MAX, behind)),
        [b'{', behind @ ..] => {
            let (least, behind) = number(behind)?;
            match behind {
                [b'}', behind @ ..] => Some((least, least, behind)),
                [b',', b'}', behind @ ..] => Some((least, usize::MAX, behind)),
                [b',', behind @ ..] => {
                    let (most, behind) = number(behind).filter(|(most, _)| *most >= least)?;
                    behind.strip_prefix(b"}").map(|behind| (least, most, behind))
                }
                _ => None,
            }
        }
        _ => Some((1, 1, expression)),
    }
}

/// A number of at most two digits; a larger one is left to those who bound what it costs.
fn number(expression: &[u8]) -> Option<(usize, &[u8])> {
    let digits = expression.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = expression.split_at_checked(digits)?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_as_its_pattern_says_or_not() {
        for (expression, matching, other) in [
            ("P[0-9]{7}", vec!["P0123456"], vec!["p0123456", "P012345", "P01234567", "P012345\u{661}", ""]),
            ("[0-9]{2,3}", vec!["12", "123"], vec!["1", "1234", "12 "]),
            ("D[0-9]+", vec!["D1", "D123456789"], vec!["D", "1", "D1\n"]),
            (r"\+[0-9 ().-]{7,}", vec!["+1 (02) 3-4.5"], vec!["+1 (02", "1 (02) 3-4.5"]),
            ("a|b", vec!["a", "b"], vec!["ab", "a|b"]),
            (r"[^@\s]+@[^@\s]+", vec!["ä@b"], vec!["a@b@c", "a b@c"]),
            ("", vec![""], vec!["a"]),
        ] {
            let pattern = Pattern::new(expression).unwrap();
            assert!(matching.iter().all(|text| pattern.matches(text)), "{expression}");
            assert!(!other.iter().any(|text| pattern.matches(text)), "{expression}");
        }
    }

    #[test]
    fn usual_patterns_go_in_steps() {
        for expression in ["P[0-9]{7}", "D[0-9]+", "[0-9]{8}", r"\+[0-9 ().-]{7,}", "[A-Z]{2}-?"] {
            assert_eq!(steps(expression).is_some(), !expression.ends_with('?'), "{expression}");
        }
    }

    #[test]
    fn an_expression_that_is_not_well_formed_is_none() {
        for expression in ["[", "a{2,1}", "[z-a]", "(", "a{", "[]", "+", "a{999999}", "\\"] {
            assert!(Pattern::new(expression).is_none(), "{expression}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn steps_lead_where_the_regular_expression_does(
            parts in prop::collection::vec(
                (
                    r"[a-c0-3 .]|\\[.+*()a-]|\[\^?[a-c][-a-d0-9^.]{0,4}\]",
                    r"|\+|\{[0-3]\}|\{[0-2],\}|\{[0-2],[0-3]\}|\*|\?|\{,2\}|\+\?",
                ),
                0..4,
            ),
            texts in prop::collection::vec("[a-d0-4 .+*()^-]{0,9}|[ab]{0,5}ä?", 1..20),
        ) {
            let expression: String = parts.into_iter().map(|(what, times)| what + &times).collect();
            let (pattern, regex) = (Pattern::new(&expression), whole(&expression));
            prop_assert_eq!(pattern.is_some(), regex.is_some(), "{}", &expression);
            if let (Some(pattern), Some(regex)) = (pattern, regex) {
                for text in texts {
                    prop_assert_eq!(pattern.matches(&text), regex.is_match(&text), "{} of {}", &text, &expression);
                }
            }
        }
    }
}
