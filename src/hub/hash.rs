//! The names that contents have on the Hub: SHA-256 for what goes to its storage, git's own for what is in the repository.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::host::{Pieces, TransportFailure};

/// The SHA-256 of a text that is whole.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The name that git gives a file.
pub async fn git(size: u64, pieces: &mut dyn Pieces) -> Result<String, TransportFailure> {
    let mut hash = Sha1::new();
    hash.update(b"blob ");
    hash.update(size.to_string());
    hash.update([0]);
    while let Some(piece) = pieces.next().await? {
        hash.update(piece);
    }
    Ok(hexadecimal(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::hub::file::File;

    #[test]
    fn names_are_those_that_git_and_its_storage_give() {
        let file = File::text("a.txt", "hello world\n".to_owned());
        // `printf 'hello world\n' | git hash-object --stdin`, `... | sha256sum`
        let git = git(file.size, &mut *file.pieces(0, file.size)).now_or_never().unwrap().unwrap();
        assert_eq!(git, "3b18e512dba79e4c8300dd08aeb37f8e728b8dad");
        assert_eq!(file.sha256, "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447");
    }
}
