use super::*;
use std::process::{Command, Stdio};

const QUICK: u32 = 1_000;

#[test]
fn a_key_comes_back_with_its_passphrase_alone() {
    let key = generate();
    let pem = seal(&key, "正确的 passphrase", QUICK);
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert_eq!(open(&pem, "正确的 passphrase").unwrap().seed(), key.seed());
    for wrong in ["", "another", "正确的 passphrase "] {
        assert!(matches!(open(&pem, wrong), Err(KeyFileError::Passphrase)), "{wrong}");
    }
    assert_ne!(*seal(&key, "正确的 passphrase", QUICK), *pem, "salt and initial vector are fresh");
}

/// One wrong passphrase in 256 gives a padding that looks right; what comes out is then no key.
#[test]
fn no_wrong_passphrase_gives_a_key() {
    let pem = seal(&generate(), "right", 1);
    for wrong in 0..2_000 {
        assert!(matches!(open(&pem, &wrong.to_string()), Err(KeyFileError::Passphrase)), "{wrong}");
    }
}

#[test]
fn two_keys_are_never_the_same() {
    assert_ne!(generate().seed(), generate().seed());
}

#[test]
fn a_file_comes_back_and_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.pem");
    let key = generate();
    seal_file(&path, &key, "phrase", QUICK).unwrap();
    assert_eq!(open_file(&path, "phrase").unwrap().seed(), key.seed());
    assert!(matches!(seal_file(&path, &generate(), "phrase", QUICK), Err(FileError::Exists { .. })));
    assert_eq!(open_file(&path, "phrase").unwrap().seed(), key.seed());
}

#[test]
fn rounds_are_bounded_before_they_are_done() {
    let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(MAX_ROUNDS + 1, &[1; 16], [2; 16]).unwrap();
    assert!(matches!(open(&pem_of(scheme), "phrase"), Err(KeyFileError::Rounds { found }) if found == MAX_ROUNDS + 1));
}

#[test]
fn other_schemes_are_refused_with_the_way_out() {
    let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes128cbc(QUICK, &[1; 16], [2; 16]).unwrap();
    let refused = open(&pem_of(scheme), "phrase").err().unwrap();
    assert!(matches!(refused, KeyFileError::Scheme));
    assert!(refused.to_string().contains("openssl pkcs8"), "{refused}");
}

#[test]
fn what_is_no_encrypted_key_is_refused() {
    for text in ["", "hello", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"] {
        assert!(matches!(open(text, "phrase"), Err(KeyFileError::NotAKeyFile)), "{text}");
    }
    let bare = plain(&generate()).to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).unwrap();
    assert!(matches!(open(&bare, "phrase"), Err(KeyFileError::NotEncrypted)));
}

/// The same key to OpenSSL, in both directions.
#[test]
fn openssl_reads_our_files_and_we_read_its() {
    if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: openssl is not installed");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let key = generate();
    let ours = directory.path().join("ours.pem");
    seal_file(&ours, &key, "a phrase", QUICK).unwrap();
    let public = openssl(&["pkey", "-passin", "pass:a phrase", "-pubout", "-outform", "DER", "-in"], &ours);
    assert!(public.ends_with(&key.public().bytes), "the public key stands at the end of the document");

    let theirs = directory.path().join("theirs.pem");
    let convert = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "2000", "-passin", "pass:a phrase", "-passout"];
    let pem = openssl(&[&convert[..], &["pass:new phrase", "-in"]].concat(), &ours);
    file::write_new(&theirs, &pem).unwrap();
    assert_eq!(open_file(&theirs, "new phrase").unwrap().seed(), key.seed());

    let bare = openssl(
        &["genpkey", "-algorithm", "x25519", "-aes-256-cbc", "-pass", "pass:phrase", "-out"],
        &directory.path().join("x.pem"),
    );
    assert!(bare.is_empty());
    let other = std::fs::read_to_string(directory.path().join("x.pem")).unwrap();
    assert!(matches!(open(&other, "phrase"), Err(KeyFileError::NotEd25519)));
}

fn openssl(arguments: &[&str], file: &Path) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn pem_of(scheme: pbes2::Parameters) -> String {
    let document = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: Scheme::Pbes2(scheme),
        encrypted_data: OctetStringRef::new(&[0; 64]).unwrap(),
    };
    let document = SecretDocument::encode_msg(&document).unwrap();
    document.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).unwrap().to_string()
}
