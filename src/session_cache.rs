//! A job's AWS session, kept in a file of the job: `credential_process` runs a program for each command of the AWS CLI.
//!
//! Runners keep the folder from one job of a project to the next, so the file is encrypted with a key that is made from
//! the secret that the job logs in with. Another job finds a file that it can't read, and nobody can plant one.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::digest::hex;

/// A session is kept until this long before its end.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long to wait for another process that asks for the same session.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
/// The most bytes that are read.
const LARGEST: u64 = 64 * 1024;

/// Why no session can be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionCacheError {
    /// A variable of the runner is missing.
    #[error("{0} is not set, as in a GitLab job")]
    NoVariable(&'static str),
    /// The folder can't be used.
    #[error("can't write to {}: {error}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The random numbers or the encryption of this system fail.
    #[error("the system can't encrypt")]
    Encryption,
}

/// The file in which a session is kept, and the key that it is encrypted with.
pub(crate) struct SessionCache {
    folder: PathBuf,
    file: PathBuf,
    key: LessSafeKey,
    /// Held until this is dropped, so that processes that ask for the same session at once cause one login.
    _lock: Option<File>,
}

impl SessionCache {
    /// Waits for others that ask for the same session. `asked` is all that a session depends on, and `secret` is what the
    /// job logs in with.
    ///
    /// # Errors
    /// When this is not a GitLab job, or its folder can't be written to.
    pub(crate) fn open(asked: &str, secret: &SecretString) -> Result<Self, SessionCacheError> {
        let job = variable("CI_JOB_ID")?;
        let folder = folder()?;
        let error = |error| SessionCacheError::Folder {
            folder: folder.clone(),
            error,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(error)?;
        let name = format!("vault-provisioner-{}", hex([job.as_str(), asked], 16));
        let lock = lock(&folder.join(format!("{name}.lock"))).map_err(error)?;
        Ok(Self {
            file: folder.join(name),
            key: key(&job, asked, secret)?,
            folder,
            _lock: lock,
        })
    }

    /// The session that is kept, in the form of `credential_process`, if it is this job's and does not end soon. A file
    /// that is not regular, such as a link, is not read.
    pub(crate) fn get(&self) -> Option<String> {
        if !self.file.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut sealed = Vec::new();
        let file = File::open(&self.file).ok()?;
        file.take(LARGEST).read_to_end(&mut sealed).ok()?;
        let (nonce, sealed) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        let session = str::from_utf8(opened).ok()?.to_owned();
        let end = end(&session)?;
        (SystemTime::now() + MARGIN < end).then_some(session)
    }

    /// Keeps a session, in a new file that takes the place of the old one.
    ///
    /// # Errors
    /// When the folder can't be written to.
    pub(crate) fn put(&self, session: &str) -> Result<(), SessionCacheError> {
        let mut nonce = [0; NONCE_LEN];
        let mut sealed = session.as_bytes().to_vec();
        SystemRandom::new()
            .fill(&mut nonce)
            .and_then(|()| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                self.key
                    .seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)
            })
            .map_err(|_| SessionCacheError::Encryption)?;
        self.write(&[&nonce[..], &sealed].concat())
            .map_err(|error| SessionCacheError::Folder {
                folder: self.folder.clone(),
                error,
            })
    }

    /// The mode of a temporary file is 0600.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(&self.file)?;
        Ok(())
    }
}

/// The folder that the runner keeps for the project beside its clone: no other project's job uses it, and it is not part
/// of artifacts and caches. Runners without the variable have it in the same place.
fn folder() -> Result<PathBuf, SessionCacheError> {
    let own = variable("RUNNER_TEMP_PROJECT_DIR").map(PathBuf::from);
    own.or_else(|_| {
        let project = variable("CI_PROJECT_DIR")?;
        Ok(PathBuf::from(format!(
            "{}.tmp",
            project.trim_end_matches('/')
        )))
    })
}

fn variable(name: &'static str) -> Result<String, SessionCacheError> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or(SessionCacheError::NoVariable(name))
}

fn key(job: &str, asked: &str, secret: &SecretString) -> Result<LessSafeKey, SessionCacheError> {
    let mut digest = digest::Context::new(&digest::SHA256);
    for part in [job, asked, secret.expose_secret()] {
        digest.update(&part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    let key = UnboundKey::new(&AES_256_GCM, digest.finish().as_ref());
    key.map(LessSafeKey::new)
        .map_err(|_| SessionCacheError::Encryption)
}

/// Waits for the lock, which ends with the process that has it. None if that takes too long.
fn lock(path: &Path) -> io::Result<Option<File>> {
    // A file that can be read and written, such as a pipe, does not keep this waiting.
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false);
    let file = file.open(path)?;
    let started = Instant::now();
    while file.try_lock().is_err() {
        if started.elapsed() > LONGEST_WAIT {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
    Ok(Some(file))
}

/// When a session ends.
fn end(session: &str) -> Option<SystemTime> {
    let session: Value = serde_json::from_str(session).ok()?;
    humantime::parse_rfc3339(session["Expiration"].as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn cache(folder: &Path, asked: &str, secret: &str) -> SessionCache {
        SessionCache {
            folder: folder.to_owned(),
            file: folder.join("session"),
            key: key("1", asked, &secret.into()).unwrap(),
            _lock: None,
        }
    }

    fn session_of(seconds: u64) -> String {
        let end = SystemTime::now() + Duration::from_secs(seconds);
        let end = humantime::format_rfc3339_seconds(end);
        format!("{{\"SecretAccessKey\":\"geheim\",\"Expiration\":\"{end}\"}}")
    }

    #[test]
    fn a_session_is_kept_until_five_minutes_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "dev", "jwt");
        for (seconds, is_kept) in [(301, false), (290, false), (310, true), (3600, true)] {
            let session = session_of(seconds - 1);
            cache.put(&session).unwrap();
            assert_eq!(cache.get().is_some(), is_kept, "{seconds}");
            assert!(!is_kept || cache.get() == Some(session));
        }
    }

    #[test]
    fn a_session_is_for_the_job_that_asked_and_for_what_it_asked() {
        let folder = tempfile::tempdir().unwrap();
        cache(folder.path(), "dev", "jwt")
            .put(&session_of(3600))
            .unwrap();
        let sealed = fs::read(folder.path().join("session")).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"geheim"));
        assert!(cache(folder.path(), "dev", "jwt").get().is_some());
        assert!(cache(folder.path(), "prod", "jwt").get().is_none());
        assert!(cache(folder.path(), "dev", "another").get().is_none());
    }

    #[test]
    fn links_are_not_followed_and_other_content_is_refused() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache(folder.path(), "dev", "jwt");
        let (file, target) = (
            folder.path().join("session"),
            elsewhere.path().join("target"),
        );
        cache.put(&session_of(3600)).unwrap();
        fs::rename(&file, &target).unwrap();
        symlink(&target, &file).unwrap();
        assert!(cache.get().is_none());
        let before = fs::read(&target).unwrap();
        cache.put(&session_of(3600)).unwrap();
        assert!(cache.get().is_some());
        assert_eq!(fs::read(&target).unwrap(), before);
        for text in ["", "short", &session_of(3600)] {
            fs::write(&file, text).unwrap();
            assert!(cache.get().is_none(), "{text}");
        }
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(cache.get().is_none());
        assert!(cache.put(&session_of(3600)).is_err());
    }
}
