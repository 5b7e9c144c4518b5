//! Refusals as AWS gives them, and what a person reads.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ConnectorError, ErrorMetadata};
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sfn::operation::list_executions::ListExecutionsError;

use super::*;

type Refusal = SdkError<ListExecutionsError>;

fn said(code: &str, message: &str) -> Refusal {
    let metadata = ErrorMetadata::builder().code(code).message(message).build();
    let response = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
    SdkError::service_error(ListExecutionsError::generic(metadata), response)
}

/// As S3 answers HEAD: a status, and nothing else.
fn without_a_word(status: u16) -> Refusal {
    let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    SdkError::service_error(ListExecutionsError::generic(ErrorMetadata::builder().build()), response)
}

fn read(refusal: Refusal) -> (String, u8) {
    let error = Error::service("listing the runs")(refusal);
    (error.to_string(), error.exit_code())
}

#[test]
fn each_refusal_is_one_sentence_with_what_to_type_and_nothing_of_the_sdks_insides() {
    let not_built_in = "This behavior requires following cargo feature(s) enabled: sso.";
    let no_profile = CredentialsError::invalid_configuration("profile `night` was not defined");
    let denied = "User: arn:aws:iam::1:user/ana is not authorized to perform: states:ListExecutions";
    let refusals: [(Refusal, &str); 12] = [
        (SdkError::construction_failure(CredentialsError::not_loaded_no_source()), "Set AWS_PROFILE"),
        (
            SdkError::construction_failure(CredentialsError::invalid_configuration(not_built_in)),
            "aws configure export-credentials",
        ),
        (SdkError::construction_failure(no_profile), "profile `night` was not defined"),
        (SdkError::construction_failure("Invalid Configuration: Missing Region"), "Set AWS_REGION"),
        (said("ExpiredTokenException", "The security token is expired"), "aws sso login"),
        (
            said("UnrecognizedClientException", "The security token is invalid"),
            "AWS_PROFILE or AWS_ACCESS_KEY_ID",
        ),
        (said("InvalidSignatureException", "Signature expired"), "machine's clock"),
        (said("SignatureDoesNotMatch", "We calculated"), "secret key does not belong"),
        (said("AccessDeniedException", denied), "states:ListExecutions"),
        (without_a_word(403), "lack a right: AWS does not say which right"),
        (SdkError::dispatch_failure(ConnectorError::io("refused".into())), "network"),
        (SdkError::timeout_error("later"), "network"),
    ];
    for (refusal, way_out) in refusals {
        let (told, code) = read(refusal);
        assert!(told.starts_with("listing the runs did not work: ") && told.contains(way_out), "{told}");
        assert!(
            !told.contains(['{', '\n']) && !told.contains("Error") && !told.contains("local up"),
            "{told}"
        );
        assert_eq!(code, 2, "{told}");
    }
}

#[test]
fn the_local_stack_is_spoken_of_only_where_it_was_meant() {
    let nobody =
        || Error::service("listing the runs")(Refusal::dispatch_failure(ConnectorError::io("no".into())));
    assert!(nobody().locally().to_string().contains("`rounds local up` starts what is down"));
    let denied = Error::service("listing the runs")(said("AccessDenied", "no")).locally();
    assert!(!denied.to_string().contains("local up"), "{denied}");
}

#[test]
fn whatever_else_a_service_says_is_told_in_its_own_words() {
    let (told, code) = read(said("InvalidArn", "Invalid Arn: 'x'"));
    assert_eq!((told.as_str(), code), ("listing the runs did not work: InvalidArn: Invalid Arn: 'x'", 1));
    assert_eq!(read(without_a_word(500)).1, 1, "only a 403 speaks of rights");
    let (told, _) = read(SdkError::construction_failure("no field `name`"));
    assert!(told.contains("no field `name`") && !told.contains("ConstructionFailure"), "{told}");
}
