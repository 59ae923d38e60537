//! The command bulla: for clerks, citizens, auditors and operators.
