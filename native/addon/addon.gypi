# Builds the Node addon with node-gyp; binding.gyp at the root includes it. Sources and flags come
# from the lists that CMakeLists.txt reads too: native/sources.txt, native/flags.txt and
# native/release_flags.txt. Paths are
# seen from here, those in the lists and in commands from the root.
{
  'variables': {
    # node -e LINES FILE START [EXCEPT...]: the file's lines that begin with START and with no EXCEPT.
    'lines': 'const [file, start, ...except] = process.argv.slice(1); console.log(require("fs").readFileSync(file, "utf8").split(/\\r?\\n/).filter((line) => line.startsWith(start) && !except.some((other) => line.startsWith(other))).join(" "))',
    'conditions': [
      ['OS=="win"', { 'other_platform': 'native/platform/posix/' },
                    { 'other_platform': 'native/platform/generic/' }],
      # Where machine code is made: as WEMBED_JIT of CMakeLists.txt.
      ['OS=="linux" and target_arch=="x64"',
       { 'other_tier': 'native/tiers/no_native_engine' },
       { 'other_tier': 'native/jit/ native/tiers/native_engine native/tiers/sampled_engine native/tiers/joined_code native/tiers/hot_functions' }],
    ],
  },
  'targets': [
    {
      'target_name': 'wembed',
      'sources': ['<!@(node -e \'<(lines)\' native/sources.txt native/ <(other_platform) <(other_tier) native/command/ native/capi/reference_objects)'],
      'include_dirs': ['..', '../../include', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': ['NDEBUG', 'NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
      # What Node's own settings say otherwise is taken out, so that ours hold alone.
      'cflags!': ['-fno-omit-frame-pointer', '-O3'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-std=gnu++2a'],
      'cflags_cc': ['<!@(node -e \'<(lines)\' native/flags.txt -)'],
      'configurations': {
        'Release': { 'cflags_cc': ['<!@(node -e \'<(lines)\' native/release_flags.txt -)'] },
      },
      'conditions': [
        ['OS!="linux" or target_arch!="x64"', { 'defines': ['WEMBED_WITHOUT_JIT'] }],
        # The API's names bind inside the addon, whatever other library the process has loaded.
        ['OS=="linux"', {
          'ldflags': ['-Wl,--gc-sections', '-Wl,--version-script=<(module_root_dir)/native/addon/exports.map'],
        }],
        ['OS=="mac"', {
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
            'GCC_OPTIMIZATION_LEVEL': '2',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'MACOSX_DEPLOYMENT_TARGET': '11.0',
            'OTHER_CPLUSPLUSFLAGS': ['<!@(node -e \'<(lines)\' native/flags.txt -)'],
          },
        }],
      ],
    },
  ],
}
