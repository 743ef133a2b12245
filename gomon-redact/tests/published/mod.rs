//! Published shapes of tokens, and a generator for them.
//!
//! The shapes are those of the public rules of gitleaks, `TruffleHog` and GitHub secret scanning, written independently
//! of the table that the scrubber uses.

/// Services and the shapes of their tokens.
///
/// In braces stand a set and a number of characters: `A` letters and digits, `a` small letters and digits, `U` capital
/// letters and digits, `x` hexadecimal digits, `d` digits, `w` Base64 for URLs, `b` Base64.
pub(crate) const SHAPES: &[(&str, &str)] = &[
    ("1Password secret key", "A3-{U6}-{U11}-{U5}-{U5}-{U5}"),
    ("1Password service account", "ops_eyJ{b250}"),
    ("Adobe client secret", "p8e-{a32}"),
    ("age secret key", "AGE-SECRET-KEY-1{U58}"),
    ("Airtable", "pat{A14}.{x64}"),
    ("Alibaba access key", "LTAI{A20}"),
    ("Anthropic", "sk-ant-api03-{w93}AA"),
    ("Anthropic admin", "sk-ant-admin01-{w93}AA"),
    ("Artifactory API key", "AKCp{A69}"),
    ("Artifactory reference token", "cmVmd{A59}"),
    ("Atlassian", "ATATT3{w186}"),
    ("Atlassian Bitbucket", "ATBB{A32}"),
    ("AWS access key", "AKIA{U16}"),
    ("AWS temporary key", "ASIA{U16}"),
    ("AWS bearer", "ABIA{U16}"),
    ("AWS context", "ACCA{U16}"),
    ("AWS Bedrock", "ABSK{b109}"),
    ("Azure client secret", "{A3}{d1}Q~{w34}"),
    ("Clojars", "CLOJARS_{a60}"),
    ("CircleCI", "CCIPAT_{A22}_{x40}"),
    ("Contentful", "CFPAT-{w43}"),
    ("Cloudflare origin", "v1.0-{x24}-{x146}"),
    ("registry of Cargo", "cio{A32}"),
    ("Databricks", "dapi{x32}"),
    ("DigitalOcean", "dop_v1_{x64}"),
    ("DigitalOcean OAuth", "doo_v1_{x64}"),
    ("DigitalOcean refresh", "dor_v1_{x64}"),
    ("Discord bot", "M{w23}.{w6}.{w38}"),
    ("Discord webhook", "discord.com/api/webhooks/{d18}/{w68}"),
    ("Docker", "dckr_pat_{w27}"),
    ("Doppler", "dp.pt.{A43}"),
    ("Dropbox", "sl.{w135}"),
    ("Duffel", "duffel_live_{w43}"),
    ("Dynatrace", "dt0c01.{U24}.{U64}"),
    ("EasyPost", "EZAK{A54}"),
    ("Facebook page", "EAAM{A120}"),
    ("Figma", "figd_{w40}"),
    ("Fly.io", "fo1_{w43}"),
    ("Fly.io macaroon", "fm2_{b120}"),
    ("Flutterwave", "FLWSECK_TEST-{x32}-X"),
    ("Frame.io", "fio-u-{w64}"),
    ("GitHub", "ghp_{A36}"),
    ("GitHub OAuth", "gho_{A36}"),
    ("GitHub user", "ghu_{A36}"),
    ("GitHub server", "ghs_{A36}"),
    ("GitHub refresh", "ghr_{A36}"),
    ("GitHub fine-grained", "github_pat_{A22}_{A59}"),
    ("GitLab", "glpat-{w20}"),
    ("GitLab routable", "glpat-{w27}.{a2}{a7}"),
    ("GitLab deploy", "gldt-{w20}"),
    ("GitLab runner", "glrt-{w20}"),
    ("GitLab registration", "GR1348941{w20}"),
    ("GitLab trigger", "glptt-{x40}"),
    ("GitLab job", "glcbt-{A2}_{w20}"),
    ("Google API key", "AIza{w35}"),
    ("Google OAuth", "ya29.{w100}"),
    ("Google client secret", "GOCSPX-{w28}"),
    ("Grafana Cloud", "glc_{b64}"),
    ("Grafana service account", "glsa_{A32}_{x8}"),
    ("Groq", "gsk_{A52}"),
    ("HashiCorp Terraform", "{A14}.atlasv1.{w67}"),
    ("HashiCorp Vault", "hvs.{w95}"),
    ("HashiCorp Vault batch", "hvb.{w140}"),
    ("Heroku", "HRKU-AA{w58}"),
    ("Hugging Face", "hf_{A34}"),
    ("JSON web token", "eyJ{w33}.eyJ{w60}.{w43}"),
    ("Linear", "lin_api_{A40}"),
    ("Mailgun", "key-{x32}"),
    ("Mapbox secret", "sk.eyJ{w60}.{w22}"),
    ("Netlify", "nfp_{A36}"),
    ("New Relic", "NRAK-{U27}"),
    ("Notion", "ntn_{d11}{A35}"),
    ("npm", "npm_{A36}"),
    ("NuGet", "oy2{a43}"),
    ("Octopus Deploy", "API-{U26}"),
    ("OpenAI project", "sk-proj-{w74}T3BlbkFJ{w74}"),
    ("OpenAI", "sk-{A20}T3BlbkFJ{A20}"),
    ("OpenShift", "sha256~{w43}"),
    ("Perplexity", "pplx-{A48}"),
    ("Plaid", "access-production-{x8}-{x4}-{x4}-{x4}-{x12}"),
    ("PlanetScale", "pscale_tkn_{w43}"),
    ("Postman", "PMAK-{x24}-{x34}"),
    ("Prefect", "pnu_{A36}"),
    ("Pulumi", "pul-{x40}"),
    ("PyPI", "pypi-AgEIcHlwaS5vcmc{w100}"),
    ("ReadMe", "rdme_{a70}"),
    ("Replicate", "r8_{A37}"),
    ("RubyGems", "rubygems_{x48}"),
    ("SendGrid", "SG.{w22}.{w43}"),
    ("Sendinblue", "xkeysib-{x64}-{A16}"),
    ("Sentry organization", "sntrys_eyJpYXQiO{b120}_{b43}"),
    ("Sentry user", "sntryu_{x64}"),
    ("Shippo", "shippo_live_{x40}"),
    ("Shopify", "shpat_{x32}"),
    ("Shopify secret", "shpss_{x32}"),
    ("Slack bot", "xoxb-{d12}-{d12}-{A24}"),
    ("Slack user", "xoxp-{d12}-{d12}-{d12}-{x32}"),
    ("Slack app", "xapp-1-{U11}-{d13}-{x64}"),
    ("Slack configuration", "xoxe.xoxp-1-{U166}"),
    (
        "Slack webhook",
        "hooks.slack.com/services/T{U8}/B{U8}/{A24}",
    ),
    ("SonarQube", "sqp_{x40}"),
    ("Sourcegraph", "sgp_{x16}_{x40}"),
    ("Square", "sq0atp-{w22}"),
    ("Square access token", "EAAA{w60}"),
    ("Stripe", "sk_live_{A24}"),
    ("Stripe restricted", "rk_live_{A99}"),
    ("Stripe webhook", "whsec_{A32}"),
    ("Supabase", "sbp_{x40}"),
    ("Tailscale", "tskey-auth-{A12}-{A32}"),
    ("Telegram", "{d10}:AA{w33}"),
    ("Twilio", "SK{x32}"),
    ("Twitter bearer", "AAAAAAAAAAAAAAAAAAAAAA{A90}"),
    ("Typeform", "tfp_{w44}_{w14}"),
    ("xAI", "xai-{A80}"),
    ("Yandex", "AQVN{w36}"),
];

/// Xorshift generator (Marsaglia, 2003) with a fixed seed, so that every run measures the same.
pub(crate) struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize
    }

    /// Returns a token of a shape, and its longest random part.
    pub(crate) fn token(&mut self, form: &str) -> (String, String) {
        let mut token = String::new();
        let mut secret = String::new();
        let mut rest = form;
        while let Some((plain, after)) = rest.split_once('{') {
            token.push_str(plain);
            let (part, after) = after.split_once('}').expect("closing brace");
            let (set, length) = part.split_at(1);
            let characters = characters(set);
            let length: usize = length.parse().expect("length");
            let random: String = (0..length)
                .map(|_| char::from(characters[self.next() % characters.len()]))
                .collect();
            token.push_str(&random);
            if random.len() > secret.len() {
                secret = random;
            }
            rest = after;
        }
        token.push_str(rest);
        (token, secret)
    }
}

fn characters(set: &str) -> &'static [u8] {
    match set {
        "d" => b"0123456789",
        "x" => b"0123456789abcdef",
        "a" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "U" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "A" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "w" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        "b" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        _ => panic!("unknown set {set}"),
    }
}
