//! Shapes of the tokens of well-known services.

use super::reach::run;

/// Shape of a token: its prefix, the bytes that may follow, and how many of them must.
///
/// The minimum is well below the real length, as a log may truncate a token, and long enough to exclude names such as
/// `npm_config`.
pub(super) struct Shape {
    prefix: &'static [u8],
    alphabet: Alphabet,
    min: usize,
}

/// The bytes of a token after its prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    /// Hexadecimal digits and `-`.
    Hex,
    /// Letters and digits.
    Alnum,
    /// Base64 for URLs (RFC 4648, section 5): letters, digits, `_` and `-`.
    Word,
    /// As [`Word`](Self::Word), in several parts separated by dots.
    Dotted,
    /// Base64 (RFC 4648, section 4), in several parts separated by dots, `_` or `-`.
    Base64,
}

impl Alphabet {
    const fn contains(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit() || byte == b'-',
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'.')
            }
        }
    }
}

const fn shape(prefix: &'static [u8], alphabet: Alphabet, min: usize) -> Shape {
    Shape {
        prefix,
        alphabet,
        min,
    }
}

use Alphabet::{Alnum, Base64, Dotted, Hex, Word};

/// The shapes, sorted by their first three bytes.
///
/// Prefixes, alphabets and lengths are those of the public rules of
/// [gitleaks](https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml),
/// [TruffleHog](https://github.com/trufflesecurity/trufflehog/tree/main/pkg/detectors) and
/// [GitHub secret scanning](https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
const SHAPES: &[Shape] = &[
    // 1Password.
    shape(b"A3-", Word, 30),
    // Amazon Web Services.
    shape(b"A3T", Alnum, 17),
    // Twitter.
    shape(b"AAAAAAAAAAAAAAAAAAAAA", Base64, 40),
    shape(b"ABIA", Alnum, 16),
    shape(b"ABSK", Base64, 64),
    shape(b"ACCA", Alnum, 16),
    shape(b"AGE-SECRET-KEY-", Alnum, 16),
    // Google.
    shape(b"AIza", Word, 24),
    // Artifactory.
    shape(b"AKCp", Alnum, 32),
    shape(b"AKIA", Alnum, 12),
    // Octopus Deploy.
    shape(b"API-", Alnum, 26),
    // Yandex.
    shape(b"AQVN", Word, 30),
    shape(b"ASIA", Alnum, 12),
    // Atlassian.
    shape(b"ATATT3", Base64, 32),
    shape(b"ATBB", Alnum, 24),
    // CircleCI, Contentful, Clojars.
    shape(b"CCIPAT_", Word, 24),
    shape(b"CFPAT-", Word, 24),
    shape(b"CLOJARS_", Alnum, 24),
    // Facebook, Square, EasyPost.
    shape(b"EAAA", Word, 22),
    shape(b"EAAC", Alnum, 60),
    shape(b"EAAM", Alnum, 60),
    shape(b"EZAK", Alnum, 32),
    shape(b"EZTK", Alnum, 32),
    // Flutterwave.
    shape(b"FLWSECK", Word, 12),
    // Google and GitLab.
    shape(b"GOCSPX-", Word, 16),
    shape(b"GR1348941", Word, 16),
    // Heroku.
    shape(b"HRKU-", Word, 24),
    // Alibaba Cloud.
    shape(b"LTAI", Alnum, 16),
    // Unencrypted private keys: the beginnings of their DER form (RFC 5208, RFC 5915).
    shape(b"MC4CAQAwBQYDK2V", Base64, 16),
    shape(b"MHcCAQEE", Base64, 16),
    shape(b"MII", Base64, 60),
    // New Relic.
    shape(b"NRAK-", Alnum, 20),
    shape(b"NRII-", Word, 24),
    shape(b"NRJS-", Hex, 16),
    // Postman.
    shape(b"PMAK-", Hex, 24),
    // SendGrid.
    shape(b"SG.", Dotted, 24),
    // Plaid, Amazon.
    shape(b"access-development-", Hex, 24),
    shape(b"access-production-", Hex, 24),
    shape(b"access-sandbox-", Hex, 24),
    shape(b"amzn.mws.", Hex, 24),
    shape(b"amzn1.oa2-cs.v1.", Hex, 24),
    // Hugging Face, HashiCorp.
    shape(b"api_org_", Alnum, 24),
    shape(b"atlasv1.", Base64, 40),
    // OpenSSH private keys.
    shape(b"b3BlbnNzaC1rZXkt", Base64, 16),
    // Amazon Bedrock, Buildkite.
    shape(b"bedrock-api-key-", Base64, 24),
    shape(b"bkua_", Alnum, 24),
    // The registry of Cargo, Artifactory.
    shape(b"cio", Alnum, 32),
    shape(b"cmVmd", Alnum, 40),
    // Databricks, Docker.
    shape(b"dapi", Hex, 24),
    shape(b"dckr_oat_", Word, 16),
    shape(b"dckr_pat_", Word, 16),
    // Discord.
    shape(b"discord.com/api/webhooks/", Base64, 32),
    shape(b"discordapp.com/api/webhooks/", Base64, 32),
    // DigitalOcean, Doppler, Dynatrace, Duffel.
    shape(b"doo_v1_", Hex, 16),
    shape(b"dop_v1_", Hex, 16),
    shape(b"dor_v1_", Hex, 16),
    shape(b"dp.audit.", Alnum, 24),
    shape(b"dp.ct.", Alnum, 24),
    shape(b"dp.pt.", Alnum, 24),
    shape(b"dp.sa.", Alnum, 24),
    shape(b"dp.scim.", Alnum, 24),
    shape(b"dp.st.", Dotted, 24),
    shape(b"dt0c01.", Dotted, 24),
    shape(b"duffel_live_", Word, 24),
    shape(b"duffel_test_", Word, 24),
    // Figma, Frame.io, Fly.io.
    shape(b"figd_", Word, 20),
    shape(b"fio-u-", Base64, 32),
    shape(b"fm1a_", Base64, 40),
    shape(b"fm1r_", Base64, 40),
    shape(b"fm2_", Base64, 40),
    shape(b"fo1_", Word, 24),
    // GitHub, GitLab, Grafana, Groq.
    shape(b"gho_", Alnum, 8),
    shape(b"ghp_", Alnum, 8),
    shape(b"ghr_", Alnum, 8),
    shape(b"ghs_", Base64, 8),
    shape(b"ghu_", Alnum, 8),
    shape(b"github_pat_", Word, 8),
    shape(b"glagent-", Word, 20),
    shape(b"glc_", Base64, 24),
    shape(b"glcbt-", Word, 16),
    shape(b"gldt-", Word, 16),
    shape(b"glffct-", Word, 16),
    shape(b"glft-", Word, 16),
    shape(b"glimt-", Word, 16),
    shape(b"gloas-", Word, 20),
    shape(b"glpat-", Dotted, 8),
    shape(b"glptt-", Word, 16),
    shape(b"glrt-", Dotted, 16),
    shape(b"glsa_", Word, 24),
    shape(b"glsoat-", Word, 16),
    shape(b"gsk_", Alnum, 24),
    // Hugging Face, Slack, HashiCorp.
    shape(b"hf_", Alnum, 20),
    shape(b"hooks.slack.com/services/", Base64, 20),
    shape(b"hooks.slack.com/triggers/", Base64, 20),
    shape(b"hooks.slack.com/workflows/", Base64, 20),
    shape(b"hvb.", Word, 24),
    shape(b"hvr.", Word, 24),
    shape(b"hvs.", Word, 16),
    // Infracost.
    shape(b"ico-", Alnum, 32),
    // Mailgun.
    shape(b"key-", Hex, 32),
    // Linear, LangSmith.
    shape(b"lin_api_", Alnum, 20),
    shape(b"lsv2_", Word, 24),
    // Netlify, npm, Notion.
    shape(b"nfp_", Alnum, 20),
    shape(b"npm_", Alnum, 24),
    shape(b"ntn_", Alnum, 24),
    // 1Password, NuGet.
    shape(b"ops_eyJ", Base64, 24),
    shape(b"oy2", Alnum, 43),
    // Adobe, Prefect, Perplexity, PlanetScale, Pulumi, PyPI.
    shape(b"p8e-", Alnum, 24),
    shape(b"pnu_", Alnum, 24),
    shape(b"pplx-", Alnum, 24),
    shape(b"pscale_oauth_", Base64, 20),
    shape(b"pscale_pw_", Base64, 20),
    shape(b"pscale_tkn_", Base64, 20),
    shape(b"pul-", Hex, 24),
    shape(b"pypi-", Word, 24),
    // Replicate, ReadMe, Stripe, RubyGems, Razorpay.
    shape(b"r8_", Alnum, 24),
    shape(b"rdme_", Alnum, 24),
    shape(b"rk_live_", Alnum, 8),
    shape(b"rk_prod_", Alnum, 8),
    shape(b"rk_test_", Alnum, 8),
    shape(b"rubygems_", Hex, 24),
    shape(b"rzp_live_", Alnum, 14),
    // Supabase, OpenShift, Shippo, Shopify.
    shape(b"sb_secret_", Word, 16),
    shape(b"sbp_", Hex, 24),
    shape(b"secret_", Alnum, 40),
    shape(b"sgp_", Word, 24),
    shape(b"sha256~", Word, 32),
    shape(b"shippo_live_", Hex, 24),
    shape(b"shippo_test_", Hex, 24),
    shape(b"shpat_", Hex, 16),
    shape(b"shpca_", Hex, 16),
    shape(b"shppa_", Hex, 16),
    shape(b"shpss_", Hex, 16),
    // OpenAI, Anthropic, OpenRouter, Stripe, Mapbox.
    shape(b"sk-", Word, 12),
    shape(b"sk.eyJ", Dotted, 24),
    shape(b"sk_live_", Alnum, 8),
    shape(b"sk_prod_", Alnum, 8),
    shape(b"sk_test_", Alnum, 8),
    // Dropbox, SettleMint, Sentry, Square, SonarQube.
    shape(b"sl.", Word, 60),
    shape(b"sm_aat_", Alnum, 14),
    shape(b"sm_pat_", Alnum, 14),
    shape(b"sm_sat_", Alnum, 14),
    shape(b"sntrys_", Base64, 24),
    shape(b"sntryu_", Hex, 24),
    shape(b"sq0atp-", Word, 16),
    shape(b"sq0csp-", Word, 24),
    shape(b"sqa_", Alnum, 24),
    shape(b"sqp_", Alnum, 24),
    shape(b"squ_", Alnum, 24),
    // Yandex, Typeform, Scalingo, Tailscale.
    shape(b"t1.", Base64, 64),
    shape(b"tfp_", Dotted, 32),
    shape(b"tk-us-", Word, 32),
    shape(b"tskey-", Word, 16),
    // Cloudflare.
    shape(b"v1.0-", Hex, 64),
    // Stripe.
    shape(b"whsec_", Base64, 12),
    // xAI, Slack, Sendinblue.
    shape(b"xai-", Alnum, 32),
    shape(b"xapp-", Word, 8),
    shape(b"xkeysib-", Word, 24),
    shape(b"xoxa-", Word, 8),
    shape(b"xoxb-", Word, 8),
    shape(b"xoxc-", Word, 8),
    shape(b"xoxd-", Base64, 8),
    shape(b"xoxe-", Word, 8),
    shape(b"xoxe.", Word, 8),
    shape(b"xoxo-", Word, 8),
    shape(b"xoxp-", Word, 8),
    shape(b"xoxr-", Word, 8),
    shape(b"xoxs-", Word, 8),
    // Google.
    shape(b"ya29.", Dotted, 16),
];

/// Returns the first three bytes of the prefix of the shape at an index.
pub(super) const fn start(index: usize) -> Option<[u8; 3]> {
    let (_, rest) = SHAPES.split_at(if index < SHAPES.len() {
        index
    } else {
        SHAPES.len()
    });
    match rest {
        [shape, ..] => Some(shape.start()),
        [] => None,
    }
}

/// The first three bytes of each shape, as big-endian numbers.
const STARTS: [u32; SHAPES.len()] = {
    let mut starts = [0; SHAPES.len()];
    let (mut rest, mut shapes): (&mut [u32], _) = (&mut starts, SHAPES);
    while let ([start, others @ ..], [shape, after @ ..]) = (rest, shapes) {
        *start = number(shape.start());
        (rest, shapes) = (others, after);
    }
    starts
};

const fn number([a, b, c]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, a, b, c])
}

/// Returns the length of the token at the beginning of `text`.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let start = number(*text.first_chunk()?);
    let from = STARTS.partition_point(|&other| other < start);
    let shapes = STARTS.iter().zip(SHAPES).skip(from);
    let mut alike = shapes.take_while(|(other, _)| **other == start);
    alike.find_map(|(_, shape)| shape.length(text))
}

impl Shape {
    #[inline]
    const fn start(&self) -> [u8; 3] {
        match self.prefix {
            [a, b, c, ..] => [*a, *b, *c],
            _ => [0; 3],
        }
    }

    #[inline]
    fn length(&self, text: &[u8]) -> Option<usize> {
        let tail = text.strip_prefix(self.prefix)?;
        let head = tail.get(..self.min)?;
        let mut is_random = false;
        let length = run(head, |byte| {
            is_random |= byte.is_ascii_uppercase() || byte.is_ascii_digit();
            self.alphabet.contains(byte)
        });
        if length < self.min || !is_random {
            return None;
        }
        let length = self.prefix.len() + run(tail, |byte| self.alphabet.contains(byte));
        // The full stop of a sentence.
        let dots = text
            .get(..length)?
            .iter()
            .rev()
            .take_while(|&&byte| byte == b'.');
        Some(length - dots.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_sorted_by_their_first_bytes() {
        assert!(STARTS.is_sorted());
        assert!(SHAPES.iter().all(|shape| shape.start() != [0; 3]));
    }

    #[test]
    fn every_shape_has_the_minimum_length() {
        for Shape { prefix, min, .. } in SHAPES {
            let prefix_text = String::from_utf8_lossy(prefix);
            assert!(
                prefix.len() + min >= super::super::MIN_SHAPE,
                "{prefix_text}"
            );
        }
    }
}
