use super::*;

fn read(body: &str) -> Result<Answer, Unclear> {
    Answer::read(body.as_bytes())
}

fn says(status: &str, message: &str) -> Result<Says, Unclear> {
    let body =
        format!("<Response><Status>{status}</Status><StatusMessage>{message}</StatusMessage></Response>");
    read(&body).map(|answer| answer.says)
}

#[test]
fn status_words_are_known_whatever_their_case_and_spacing() {
    let words = [
        ("SUCCESS", Says::Done),
        ("report  complete", Says::Done),
        ("REPORT_COMPLETE", Says::Done),
        ("Report\n Running", Says::Running),
        ("REPORT TIMED OUT", Says::TimedOut),
        (" not found ", Says::Refused(Refusal::NotFound)),
        ("INVALID CRITERIA", Says::Refused(Refusal::InvalidCriteria)),
        ("Error", Says::Refused(Refusal::Error)),
    ];
    for (status, expected) in words {
        assert_eq!(says(status, "A message of no matter"), Ok(expected), "{status}");
    }
    assert_eq!(says("QUEUED", ""), Err(Unclear::Status));
    assert_eq!(says("", ""), Err(Unclear::Status));
}

#[test]
fn a_phrase_of_the_message_counts_more_than_the_status() {
    let phrases = [
        ("The report is STILL running.", Says::StillRunning),
        ("No records were found\n matching the criteria used.", Says::NoRecords),
        ("The Web API interface is not turned on", Says::Refused(Refusal::NotTurnedOn)),
        ("This user is no longer active", Says::Refused(Refusal::NotActive)),
    ];
    for (message, expected) in phrases {
        for status in ["SUCCESS", "ERROR", ""] {
            assert_eq!(says(status, message), Ok(expected), "{status}: {message}");
        }
    }
}

#[test]
fn elements_are_found_by_their_local_names() {
    let bodies = [
        r#"<r xmlns="http://v/1/"><Status>SUCCESS</Status><Identifier>77</Identifier><Data xmlns="">aGk=</Data></r>"#,
        r#"<a:r xmlns:a="http://v/1/"><a:Status>SUCCESS</a:Status><a:Identifier>77</a:Identifier><Data>aGk=</Data></a:r>"#,
        "\u{feff}<?xml version=\"1.0\"?><r><b><Status><![CDATA[SUCCESS]]></Status></b><Identifier> 77 </Identifier>\
         <Data>\r\n a&#71;\n<![CDATA[k]]>&#x3D; </Data><More><Else/></More></r>",
    ];
    for body in bodies {
        let answer = read(body).unwrap();
        assert_eq!((answer.says, answer.identifier.as_deref()), (Says::Done, Some("77")), "{body}");
        assert_eq!(answer.data.unwrap().decode().unwrap(), b"hi", "{body}");
    }
}

#[test]
fn what_is_not_whole_xml_is_no_answer() {
    let whole = "<r><Status>SUCCESS</Status><Data>aGk=</Data></r>";
    assert!(read(whole).is_ok());
    for end in 0..whole.len() {
        assert_eq!(read(&whole[..end]), Err(Unclear::Broken), "{end}");
    }
    for body in ["SUCCESS", "{\"Status\": \"SUCCESS\"}", "<r><Status>SUCCESS</r></Status>"] {
        assert_eq!(read(body), Err(Unclear::Broken), "{body}");
    }
}

#[test]
fn the_first_of_several_elements_of_a_name_counts() {
    let body = "<r><Status>SUCCESS</Status><Identifier>77</Identifier><Data>aGk=</Data>\
                <Sub><Status>ERROR</Status><Identifier>78</Identifier><Data>aGk=</Data></Sub></r>";
    let answer = read(body).unwrap();
    assert_eq!((answer.says, answer.identifier.as_deref()), (Says::Done, Some("77")));
    assert_eq!(answer.data.unwrap().decode().unwrap(), b"hi");
}

#[test]
fn data_that_hold_elements_are_not_taken_for_none() {
    let body = "<r><Status>SUCCESS</Status><Data><Row>aGk=</Row></Data></r>";
    assert_eq!(read(body), Err(Unclear::Data));
}

#[test]
fn data_that_are_blank_are_none() {
    for data in ["<Data/>", "<Data></Data>", "<Data>\n  </Data>", ""] {
        assert_eq!(read(&format!("<r><Status>SUCCESS</Status>{data}</r>")).unwrap().data, None, "{data}");
    }
}

#[test]
fn base64_may_lack_its_padding_and_nothing_else() {
    let decoded = |text: &str| Data::of(text.to_owned()).unwrap().decode();
    assert_eq!(decoded("aGk").unwrap(), b"hi");
    for broken in ["aGk=aGk=", "a", "aG!k", "aGk&nbsp;"] {
        assert_eq!(decoded(broken), Err(Unclear::Data), "{broken}");
    }
}

#[test]
fn an_identifier_can_be_part_of_an_address_or_is_none() {
    let identifier = |text: &str| {
        read(&format!("<r><Status>SUCCESS</Status><Identifier>{text}</Identifier></r>"))
            .map(|answer| answer.identifier)
    };
    assert_eq!(identifier("a-1_B"), Ok(Some("a-1_B".to_owned())));
    assert_eq!(identifier("  "), Ok(None));
    for wrong in ["../1", "1/2", "1 2", "1?x", &"1".repeat(65)] {
        assert_eq!(identifier(wrong), Err(Unclear::Identifier), "{wrong}");
    }
}

#[test]
fn what_a_report_holds_is_not_shown() {
    let answer =
        read("<r><Status>SUCCESS</Status><StatusMessage>quillfeather</StatusMessage><Data>aGk=</Data></r>");
    let shown = format!("{:?}", answer.unwrap());
    assert!(!shown.contains("aGk") && !shown.contains("quillfeather"), "{shown}");
}

#[test]
fn whatever_bytes_come_there_is_an_answer_or_none() {
    let whole = "<a:r xmlns:a='u'><a:Status>SUCCESS</a:Status><![CDATA[x]]><Identifier>7</Identifier><Data>a&#71;k=</Data></a:r>";
    let mut luck = fastrand::Rng::with_seed(1);
    for _ in 0..5_000 {
        let mut bytes = whole.as_bytes().to_vec();
        for _ in 0..luck.usize(1..4) {
            let place = luck.usize(..bytes.len());
            bytes[place] = luck.u8(..);
        }
        if let Ok(Answer { data: Some(data), .. }) = Answer::read(&bytes) {
            let _ = data.decode();
        }
    }
}
