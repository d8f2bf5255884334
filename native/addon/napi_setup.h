// The only include of Node-API, with its configuration. Version 8 is what Node 18 offers.
// Finalizers are basic ones: they drop native state and run no JavaScript.
#pragma once

#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif
#if NAPI_VERSION < 8
#error "the addon needs Node-API 8 (type tags, detaching buffers)"
#endif
#ifndef NAPI_DISABLE_CPP_EXCEPTIONS
#define NAPI_DISABLE_CPP_EXCEPTIONS
#endif
// A worker can be terminated at any time: Node-API then refuses what touches objects, and throwing
// too, which is no reason to end the process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#define NODE_ADDON_API_DISABLE_DEPRECATED
#define NODE_ADDON_API_DISABLE_NODE_SPECIFIC_DEPRECATED

#include <napi.h>
