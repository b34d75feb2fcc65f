//! Section `[commands]`: what is done with commands of which not everybody wants the same.

/// What is done with commands of which not everybody wants the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommandSettings {
    /// Whether clients may send what administers servers and still has a meaning for all of them.
    pub allow_administration: bool,
}
